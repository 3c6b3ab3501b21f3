# Versions of the policy
policy-waits = Not in force yet. The proposed version { $proposal } waits for signatures (needed: { $needs }).
loosened-severity = “{ $rule }” stops posts no more.
loosened-in-emergency = In an emergency “{ $rule }” stops posts no more.
loosened-hosts = { $count } hosts leave the list of “{ $rule }”: { $examples }
loosened-spared-hosts = “{ $rule }” no longer stops { $count } more hosts: { $examples }
loosened-words = { $count } words of “{ $rule }” are gone or are looked for less often: { $examples }
loosened-harmless = { $count } more phrases make “{ $rule }” harmless: { $examples }
loosened-hours = Posts may leave at times that were closed before.
loosened-site-rule = The site's own rule “{ $rule }” is gone or differs.
loosened-link-looks = Links are looked at no more, or less often.
loosened-outside-checker = The outside checker counts less.
loosened-unreadable = This program cannot read the version in force, so that nobody knows what is loosened: { $examples }
