# Messages of findings on form.

finding-form-sign-off-line = The text for “{ $account }” does not end with the line that says who speaks. Make the last line one of: “{ $lines }”.
finding-form-hashtag = The text for “{ $account }” lacks the required hashtag “{ $hashtag }”. Add it, with a blank on either side.
finding-form-mention = “{ $found }” in the text for “{ $account }” calls somebody by name and reads as a recommendation. Make sure that it is needed, and approve it with a reason.
finding-form-forbidden-mention = “{ $found }” in the text for “{ $account }” is somebody whom this site does not call by name. Take it out, or take the “@” off.
finding-form-source-missing = “{ $found }” leans on what somebody else said, and the post names no source. Look at the original, and put into “source” who published what, and when.
finding-form-media-count = There are { $count } pictures or films for “{ $account }”, and one post carries { $most }. Remove some.
finding-form-reply = “{ $account }” answers one person here, and everybody can read it. Make sure that it keeps the policy on answers and tells nothing about that person, and approve it with a reason.
finding-form-quote = By this quote “{ $account }” lends its credit to somebody's post. Make sure of what it says and that it is needed, and approve it with a reason.
