# Messages of findings on links.

finding-link-shortener = “{ $host }” in the text is a URL shortener. Use the full address that it leads to (target: { $account }).
finding-link-shortener-card = “{ $host }” in the link preview is a URL shortener. Use the full address that it leads to (target: { $account }).
finding-link-shortener-alt = “{ $host }” in an alternative text is a URL shortener. Use the full address that it leads to (target: { $account }).
finding-link-shortener-reference = “{ $host }” in the post referred to is a URL shortener. Give that post's own address or id (target: { $account }).
finding-link-platform-short-host = “{ $host }” in the text is a short address that hides where it leads. Use the full address (target: { $account }).
finding-link-platform-short-host-card = “{ $host }” in the link preview is a short address that hides where it leads. Use the full address (target: { $account }).
finding-link-platform-short-host-alt = “{ $host }” in an alternative text is a short address that hides where it leads. Use the full address (target: { $account }).
finding-link-platform-short-host-reference = “{ $host }” in the post referred to is a short address that hides where it leads. Give the full address or id (target: { $account }).
