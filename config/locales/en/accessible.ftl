# Messages of findings on accessibility and plain language.

# Descriptions of pictures
finding-alt-missing = Picture or film { $number } for “{ $account }” has no alternative text. Say in words what it shows.
finding-alt-file-name = The alternative text “{ $found }” of picture { $number } for “{ $account }” looks like the name of a file. Say in words what the picture shows.
finding-alt-not-sent = The description of film { $number } is not sent to “{ $account }”: the platform has no place for it. Say in the text what the film shows.
finding-alt-says-nothing = The alternative text “{ $found }” of picture { $number } for “{ $account }” says nothing. Say what the picture shows and what it is to tell people.
finding-alt-too-long = The alternative text of picture { $number } for “{ $account }” is { $over } too long ({ $used } of { $limit }). Keep to the main point, and put details into the text or on the official site.

# Characters
finding-readable-platform-characters = “{ $found }” in a text for “{ $account }” looks different on some devices or is not read aloud. Write “{ $instead }”, for instance.
finding-readable-private-characters = “{ $found }” in a text for “{ $account }” is a private character, which other devices cannot show. Write it with a standard character or in kana.
finding-readable-decorative = “{ $found }” in a text for “{ $account }” is written in decorative letters, which are not read aloud. Write “{ $instead }”.

# Emoji
finding-readable-emoji-row = The text for “{ $account }” has { $count } emoji in a row. Screen readers name each of them; use three at most.
finding-readable-emoji-flood = The text for “{ $account }” has { $count } emoji. Screen readers name each of them; use fewer.
finding-readable-emoji-only = The text for “{ $account }” consists of emoji only. Say it in words.
finding-readable-emoji-noun = “{ $found }” stands for a word in the text for “{ $account }”. Write the word, so that it is understood when read aloud.

# Ways of writing
finding-readable-hashtag-case = Nobody can tell where the words of “{ $found }” begin (text for “{ $account }”). Begin each with a capital, as in #CityFestival.
finding-readable-capitals = “{ $found }” in the text for “{ $account }” is all in capitals. Use small letters too: they are easier to read.
finding-readable-spaced-word = “{ $found }” in the text for “{ $account }” has blanks inside a word, so that it is read aloud wrongly. Write “{ $instead }”.
finding-readable-long-sentence = The text for “{ $account }” has a sentence of { $length } characters. Divide it: { $most } is enough for one.
finding-readable-furigana = “{ $found }” in the text for “{ $account }” is hard to read. Add the reading, “{ $found }（{ $sounds }）”, or use an easier word.
