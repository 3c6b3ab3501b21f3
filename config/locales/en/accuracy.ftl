# Messages of findings on accuracy.

finding-accuracy-weekday = The weekday of “{ $found }” does not fit ({ $day } is a { $weekday_en }). Correct the date or the weekday (target: { $account }).
finding-accuracy-impossible-date = There is no such date as “{ $found }”. Correct it (target: { $account }).
finding-accuracy-impossible-time = There is no such time as “{ $found }”. Correct it (target: { $account }).
finding-accuracy-era = The era and the year of “{ $found }” disagree ({ $era } is { $year }). Correct one of them (target: { $account }).
finding-accuracy-era-dates = The two dates of “{ $found }” name different years. Correct one of them (target: { $account }).
finding-accuracy-event-past = “{ $found }” ({ $day }) lies before the day on which people read this ({ $today }). Correct the date, or say that it is over (target: { $account }).
finding-accuracy-deadline-past = The deadline “{ $found }” ({ $day }) has passed when people read this ({ $today }). Check it and correct it (target: { $account }).
finding-accuracy-order-date = “{ $found }” ends before it begins, or lasts longer than can be meant. Correct the dates (target: { $account }).
finding-accuracy-order-time = “{ $found }” ends before it begins. Correct the times, or say that the end is in the afternoon or on the next day (target: { $account }).
finding-accuracy-relative-day = “{ $found }” does not fit the day on which people read this ({ $today }). Correct the word or the date (target: { $account }).
finding-accuracy-relative-word = “{ $found }” will be read from the day of publication ({ $today }). Make sure that it still means the same, or write the date (target: { $account }).
finding-accuracy-foreign-phone = “{ $found }” is the published telephone number of another division. Make sure that people should call it (target: { $account }).
finding-accuracy-units-mixed = “{ $found }” counts in another unit than the other amounts. Use one unit: yen, thousand yen or ten thousand yen (target: { $account }).
finding-accuracy-units-measure = “{ $found }” is given in another unit than the like beside it. Use one unit for both (target: { $account }).
finding-accuracy-units-broken = The amount “{ $found }” seems to be written wrongly. Correct its commas and units (target: { $account }).
finding-accuracy-brackets = The bracket or quotation mark “{ $found }” lacks its other half. Add that, or delete this one (target: { $account }).
finding-accuracy-leftover = “{ $found }” was left over from a template or a draft. Replace it with what is meant (target: { $account }).
finding-accuracy-placeholder = “{ $found }” looks like a blank that nobody has filled in. Fill it in, or make sure that it is meant (target: { $account }).
finding-accuracy-drill-stray = “{ $found }” marks a drill, but this post is none. Remove the mark, or write this as a drill (target: { $account }).
finding-accuracy-drill-part = Text { $part } of this drill does not begin with “{ $mark }”. Put that at its beginning (target: { $account }).
finding-accuracy-drill-alt = An alternative text at text { $part } of this drill does not begin with “{ $mark }”. Put that at its beginning (target: { $account }).
