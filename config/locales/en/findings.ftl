# What checks have to say. Each message tells what is wrong and what to do about it.

# Accounts
finding-account-registered = “{ $account }” is not connected yet. Ask the administrator to connect it.
finding-account-needs-reconnect = “{ $account }” has lost its connection. Ask the administrator to connect it again; until then its posts wait.
finding-account-suspended = “{ $account }” is suspended. Ask the administrator about it.
finding-account-closed = “{ $account }” was closed and cannot post. Choose another account.
finding-account-held = “{ $account }” is on hold ({ $reason }). Nothing leaves until the hold is lifted.
finding-account-emergency-hold = “{ $account }” is in emergency mode ({ $reason }). Give ordinary posts a new time after the emergency.
finding-account-purpose-drill = A drill leaves by drill accounts only. Remove “{ $account }” from the targets.
finding-account-purpose-public = “{ $account }” is for drills only. Remove it from the targets of a post that is no drill.
finding-account-policy-incomplete = The operating policy of “{ $account }” does not yet say: { $fields_en }. Ask an administrator or the publicity division to enter it.
finding-account-credential-overdue = The credential of “{ $account }” became too old on { $day }: ordinary posts stop. Ask the administrator to connect the account again.
finding-account-credential-overdue-then = The credential of “{ $account }” becomes too old on { $day }, before this post leaves. Ask the administrator to connect the account again by then.
finding-account-credential-unknown = How old the credential of “{ $account }” is cannot be told, so nothing leaves. Ask the administrator to connect the account again.
finding-emergency-not-live = No live emergency covers “{ $account }”. Ask the duty officer to declare one, or make this an ordinary post.
finding-emergency-no-cover = The operating policy of “{ $account }” has no emergency clause, so it carries no emergency posts. Use another account.

# Sign-off
finding-route-incomplete = The sign-offs for “{ $account }” are not complete (open: { $stage }). Have this revision approved.
finding-route-empty = “{ $account }” has no sign-off route. Ask the administrator to register one.
finding-route-duty-officer = An emergency post to “{ $account }” needs a duty officer's approval. Have a duty officer approve it who neither wrote nor edited it.
finding-route-own-hand = Somebody who wrote or edited this approved it. Have another approver sign instead.
finding-route-same-person = One person approved at more than one stage. Have another approver sign at one of them.
finding-route-below-policy = The route of “{ $account }” lacks stages that the policy demands: { $lacks_en }. Add them to the route.

# Operating hours
finding-window-holiday = “{ $account }” does not post on { $name_en } (public holiday). Next possible time: { $next }
finding-window-year-end = “{ $account }” does not post during the year-end closure. Next possible time: { $next }
finding-window-closed-day = “{ $account }” does not post on this closed day. Next possible time: { $next }
finding-window-working-hours = “{ $account }” does not post outside working hours. Next possible time: { $next }
finding-window-operating-hours = This is outside the operating hours of “{ $account }”. Next possible time: { $next }
finding-window-grid = Posts to “{ $account }” are planned in steps of { $minutes } minutes. Next possible time: { $next }
finding-window-calendar-unknown = Holidays are known up to { $last } only, so nobody can say whether “{ $account }” may post then. Choose an earlier time, or ask the administrator for newer holiday data (next possible time: { $next }).
finding-window-no-opening = “{ $account }” has no open hours before the last allowed time ({ $latest }). Choose a later last time.
finding-window-no-common-opening = Before the last allowed time, the targets are never open together. Choose a later last time, or make separate posts.

# Time
finding-range-outside = The planned time lies outside the range allowed for “{ $account }” ({ $earliest } to { $latest }). Choose a time inside it, or change the range and have it approved again.
finding-range-over = The last time allowed for “{ $account }” ({ $latest }) is over. Choose a new time and have it approved.
finding-range-unplanned = This post has no time. Choose one.
finding-time-past = The planned time for “{ $account }” ({ $planned }) is over. Choose a new time.
finding-time-early = The planned time for “{ $account }” ({ $planned }) has not come. Wait for it, or choose another time.

# Form of the post
finding-capability-act = { $platform } has no such act for “{ $account }”. Make it a new post in your own words.
finding-capability-correct = { $platform } does not let a post be edited. Take back what is out on “{ $account }” where that can be done, and publish the right words as a new post.
finding-capability-refers-to-nothing = This reply, repost or quote for “{ $account }” names no post. Name it, or make this a new post.
finding-capability-refers-to-something = This post for “{ $account }” names another post but is neither a reply nor a repost nor a quote.
finding-capability-parts = “{ $account }” takes fewer parts than this series has. Put it into fewer posts.
finding-media-unknown = Nothing is known of picture or film { $number } for “{ $account }”. Upload it again and give the new “digest”.
finding-media-kind = “{ $account }” ({ $platform }) does not take this kind of medium (number { $number }). Use a picture that does not move, a film as MP4 where films are taken, or leave it out.
finding-media-bytes = Film or moving picture { $number } has { $found } MB, and “{ $account }” ({ $platform }) takes { $room } MB. Make it shorter, or coarser.
finding-media-size = The longer edge of number { $number } has { $found } points, and “{ $account }” ({ $platform }) takes { $room }. Make it smaller.
finding-media-small = Picture { $number } is not wide enough for “{ $account }” ({ $platform }). Use a wider one.
finding-media-aspect = The form of picture { $number } is not taken by “{ $account }” ({ $platform }). Decide how to crop it, and upload it again.
finding-media-frames = Moving picture { $number } has { $found } pictures, and “{ $account }” ({ $platform }) takes { $room }. Make it shorter.
finding-media-short = Film { $number } lasts { $found } seconds, and “{ $account }” ({ $platform }) takes films from { $room } seconds on. Use a longer one.
finding-media-long = Film { $number } lasts { $found } seconds, and “{ $account }” ({ $platform }) takes { $room }. Make it shorter.
finding-media-codec = Film { $number } is coded in a way that “{ $account }” ({ $platform }) does not play. Export it as H.264 and AAC.
finding-media-cover = “{ $account }” ({ $platform }) shows a film behind a picture. Put a picture for each film into the same part: the first one covers the first film.
finding-media-mixed = “{ $account }” ({ $platform }) does not take a film or moving picture together with other pictures. Choose one of them.
finding-capability-needs-media = A post for “{ $account }” needs a picture or film.
finding-capability-link-card = { $platform } makes its previews itself. Remove the preview for “{ $account }”.
finding-capability-visibility = { $platform } does not let one choose who sees this post of “{ $account }”. Choose public.
finding-capability-audience = { $platform } shows this post of “{ $account }” to everybody who follows it. Take the audience out.
finding-correction-not-ours = What this corrects on “{ $account }” is no post that left from here. Name the delivery of the post.
finding-correction-wordless = What this corrects on “{ $account }” passes on somebody else’s post: it has no words that could be corrected.
finding-correction-withdrawn = What this corrects on “{ $account }” was taken back. Publish the right words as a new post.
finding-correction-in-doubt = Another correction of the same post on “{ $account }” may be leaving just now. Settle that one first.
finding-correction-visibility = An edit on { $platform } does not change who can see a post. Choose for “{ $account }” what the corrected post has.
finding-correction-media = On { $platform } only the words of what is out can be edited. Give the correction for “{ $account }” the same pictures and films as the corrected post, in the same order, with the same descriptions. To show others, take the post back and publish a new one.
finding-correction-says-nothing = On { $platform } an edit puts other words in place of those that are out. Write some for “{ $account }”, or take the post back.
finding-length-exceeded = The text for “{ $account }” is { $over } { length-unit } too long ({ $used } of { $limit }). Shorten it.
finding-length-exceeded-part = Part { $part } for “{ $account }” is { $over } { length-unit } too long ({ $used } of { $limit }). Shorten it.
length-unit = { $unit ->
    [bytes] bytes
   *[weighted] characters
}
finding-length-hashtags = “{ $account }” takes no more than { $most } hashtags; this text has { $count }. Leave some out.
finding-length-mentions = “{ $account }” takes no more than { $most } mentions (@); this text has { $count }. Leave some out.
finding-length-links = “{ $account }” takes no more than { $most } different links; this post has { $count }. Leave some out.
finding-text-refused = “{ $account }” takes no text with the invisible character { $code }. Type it anew.
finding-text-empty = The text for “{ $account }” is empty. Write one.
finding-text-control = The text for “{ $account }” contains an invisible character ({ $code }) that changes how it looks. Delete it and type that place again.

# Words
finding-words = { $title_en }: the text contains “{ $found }”. { $help_en } (target: { $account })
finding-words-card = { $title_en }: the link preview contains “{ $found }”. { $help_en } (target: { $account })
finding-words-alt = { $title_en }: an alternative text contains “{ $found }”. { $help_en } (target: { $account })

# Repetition
finding-duplicate-near = { $account } said nearly the same within the last { $days } days. Make sure that it is news, and not the same post twice.
finding-duplicate-recent = “{ $account }” posted or queued the same text within the last { $days } days. Make sure that it must be repeated, and approve it with a reason.
finding-evidence-missing-recent = The recent posts of “{ $account }” could not be read, so repetitions cannot be found. Try again later; if it stays so, tell the administrator.

# Attestations
finding-attestation-missing = Not confirmed yet: “{ $text_en }” ({ $name }). See to it, and hand in or approve the post with this attestation.
