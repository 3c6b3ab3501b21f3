# Messages of findings on links.

finding-link-shortener = “{ $host }” in the text is a URL shortener. Use the full address that it leads to (target: { $account }).
finding-link-shortener-card = “{ $host }” in the link preview is a URL shortener. Use the full address that it leads to (target: { $account }).
finding-link-shortener-alt = “{ $host }” in an alternative text is a URL shortener. Use the full address that it leads to (target: { $account }).
finding-link-shortener-reference = “{ $host }” in the post referred to is a URL shortener. Give that post's own address or id (target: { $account }).
finding-link-platform-short-host = “{ $host }” in the text is a short address that hides where it leads. Use the full address (target: { $account }).
finding-link-platform-short-host-card = “{ $host }” in the link preview is a short address that hides where it leads. Use the full address (target: { $account }).
finding-link-platform-short-host-alt = “{ $host }” in an alternative text is a short address that hides where it leads. Use the full address (target: { $account }).
finding-link-platform-short-host-reference = “{ $host }” in the post referred to is a short address that hides where it leads. Give the full address or id (target: { $account }).

# Where it stands
link-place = { $place ->
    [card] the link preview
    [alt] an alternative text
    [reference] the post referred to
    [code] a QR code of a picture
   *[text] the text
}

finding-link-shortener-code = “{ $host }” in a QR code of a picture is a URL shortener. Make the code again with the full address that it leads to (target: { $account }).
finding-link-platform-short-host-code = “{ $host }” in a QR code of a picture is a short address that hides where it leads. Make the code again with the full address (target: { $account }).

# The link itself
finding-link-listed = “{ $host }” in { link-place } is listed as a site that nobody should be sent to. Remove the link (target: { $account }).
finding-link-open-redirector = The link to “{ $host }” in { link-place } leads on to another site that cannot be seen. Use the full address of that site (target: { $account }).
finding-link-foreign = “{ $host }” in { link-place } is not a site of a public body. Readers may take a link for a recommendation: make sure that it is needed, and acknowledge it with a reason (target: { $account }).
finding-link-insecure = The link to “{ $host }” in { link-place } is not encrypted (http). See whether an https address can be used (target: { $account }).
finding-link-userinfo = A link in { link-place } has another name before “@” and does not look as if it led to “{ $host }”. Remove everything up to the “@” (target: { $account }).
finding-link-address = A link in { link-place } leads to a number ({ $host }), not to the name of a site. Use the address with the site's name (target: { $account }).
finding-link-lookalike = “{ $host }” in { link-place } is another site that looks like “{ $imitated }”. Use the right address (target: { $account }).

# What was seen at its end
finding-link-redirector = “{ $link }” in { link-place } is a short address that leads on to “{ $host }”. Use the full address that it leads to (target: { $account }).
finding-link-redirector-through = “{ $link }” in { link-place } passes through the URL shortener “{ $host }”. Use the full address of the page that opens in the end (target: { $account }).
finding-link-listed-through = “{ $link }” in { link-place } leads on to “{ $host }”, a site that nobody should be sent to. Remove the link (target: { $account }).
finding-link-leaves-site = “{ $link }” in { link-place } leads on to another site, “{ $host }”. Use that address, or make sure that this is meant and acknowledge it (target: { $account }).
finding-link-dead = There is no page at “{ $link }” in { link-place }. Check and correct the address (target: { $account }).
finding-link-dead-host = There is no site at “{ $link }” in { link-place }. Check and correct the address (target: { $account }).
finding-link-certificate = The certificate of “{ $link }” in { link-place } is not valid, so readers see a warning. Check the address, or tell the people who run the site (target: { $account }).
finding-link-private = “{ $link }” in { link-place } leads to an address that is not public. Use an address that citizens can open (target: { $account }).
finding-link-unchecked = Nobody has looked yet where “{ $link }” in { link-place } leads. Try again when the check is done (target: { $account }).
finding-link-unchecked-old = The last look at “{ $link }” in { link-place } was too long ago. Have it checked again (target: { $account }).
finding-link-unchecked-no-answer = “{ $link }” in { link-place } does not answer, so nobody knows where it leads. See whether the page opens, and try again later (target: { $account }).
finding-link-unchecked-hops = “{ $link }” in { link-place } is passed on too often to see where it leads. Use the address of the page that opens in the end (target: { $account }).

# Markup of Misskey (MFM)
finding-link-markup = “{ $found }” in the text is markup of Misskey: it hides an address behind a name, or changes how words look. Take the markup out and write the address as it is (target: { $account }).
