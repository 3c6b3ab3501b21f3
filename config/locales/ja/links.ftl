# リンクの指摘の文。

finding-link-shortener = 本文の「{ $host }」は短縮URLです。リンク先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-shortener-card = リンクカードの「{ $host }」は短縮URLです。リンク先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-shortener-alt = 代替テキストの「{ $host }」は短縮URLです。リンク先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-shortener-reference = 参照する投稿の「{ $host }」は短縮URLです。投稿の正式なURLまたはIDを指定してください（宛先: { $account }）。
finding-link-platform-short-host = 本文の「{ $host }」は行き先が見えない短いURLです。正式なURLに置き換えてください（宛先: { $account }）。
finding-link-platform-short-host-card = リンクカードの「{ $host }」は行き先が見えない短いURLです。正式なURLに置き換えてください（宛先: { $account }）。
finding-link-platform-short-host-alt = 代替テキストの「{ $host }」は行き先が見えない短いURLです。正式なURLに置き換えてください（宛先: { $account }）。
finding-link-platform-short-host-reference = 参照する投稿の「{ $host }」は行き先が見えない短いURLです。正式なURLまたはIDを指定してください（宛先: { $account }）。
