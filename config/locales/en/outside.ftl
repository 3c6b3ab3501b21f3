# Messages of the outside checker and of site rules.

finding-outside = The outside checker says: { $message_en }
finding-outside-unavailable = The outside checker has not answered, so the post to “{ $account }” is unchecked. Try again later, or ask the administrator.
finding-site = { $message_en }
finding-site-failed = The site's own rule “{ $rule }” could not be judged. Ask the administrator to look at it.
