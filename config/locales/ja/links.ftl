# リンクの指摘の文。

finding-link-shortener = 本文の「{ $host }」は短縮URLです。リンク先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-shortener-card = リンクカードの「{ $host }」は短縮URLです。リンク先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-shortener-alt = 代替テキストの「{ $host }」は短縮URLです。リンク先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-shortener-reference = 参照する投稿の「{ $host }」は短縮URLです。投稿の正式なURLまたはIDを指定してください（宛先: { $account }）。
finding-link-platform-short-host = 本文の「{ $host }」は行き先が見えない短いURLです。正式なURLに置き換えてください（宛先: { $account }）。
finding-link-platform-short-host-card = リンクカードの「{ $host }」は行き先が見えない短いURLです。正式なURLに置き換えてください（宛先: { $account }）。
finding-link-platform-short-host-alt = 代替テキストの「{ $host }」は行き先が見えない短いURLです。正式なURLに置き換えてください（宛先: { $account }）。
finding-link-platform-short-host-reference = 参照する投稿の「{ $host }」は行き先が見えない短いURLです。正式なURLまたはIDを指定してください（宛先: { $account }）。

# 指摘の場所
link-place = { $place ->
    [card] リンクカードの
    [alt] 代替テキストの
    [reference] 参照する投稿の
    [code] 画像のQRコードの
   *[text] 本文の
}

finding-link-shortener-code = 画像のQRコードの「{ $host }」は短縮URLです。リンク先の正式なURLでQRコードを作り直してください（宛先: { $account }）。
finding-link-platform-short-host-code = 画像のQRコードの「{ $host }」は行き先が見えない短いURLです。正式なURLでQRコードを作り直してください（宛先: { $account }）。

# リンクそのもの
finding-link-listed = { link-place }「{ $host }」は、案内してはならないサイトとして登録されています。リンクを外してください（宛先: { $account }）。
finding-link-open-redirector = { link-place }「{ $host }」のリンクは別のサイトへ転送するもので、行き先が見えません。転送先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-foreign = { link-place }「{ $host }」は自治体のサイトではありません。紹介すると内容を保証したと受け取られることがあります。必要なリンクか確かめ、理由を添えて承認してください（宛先: { $account }）。
finding-link-insecure = { link-place }「{ $host }」へのリンクは暗号化されていません（http）。https のURLに置き換えられるか確かめてください（宛先: { $account }）。
finding-link-userinfo = { link-place }リンクは「@」の前に別の名前があり、「{ $host }」以外のサイトに見えます。「@」までを消してください（宛先: { $account }）。
finding-link-address = { link-place }リンクはサイトの名前ではなく番号（{ $host }）を指しています。サイト名のURLに置き換えてください（宛先: { $account }）。
finding-link-lookalike = { link-place }「{ $host }」は「{ $imitated }」に見せかけた別のサイトです。正しいURLに置き換えてください（宛先: { $account }）。

# リンク先を見た結果
finding-link-redirector = { link-place }「{ $link }」は短いURLから「{ $host }」へ転送されます。転送先の正式なURLに置き換えてください（宛先: { $account }）。
finding-link-redirector-through = { link-place }「{ $link }」は短縮URL「{ $host }」を経由します。最後に開くページの正式なURLに置き換えてください（宛先: { $account }）。
finding-link-listed-through = { link-place }「{ $link }」は、案内してはならないサイト「{ $host }」へ転送されます。リンクを外してください（宛先: { $account }）。
finding-link-leaves-site = { link-place }「{ $link }」は別のサイト「{ $host }」へ転送されます。転送先のURLに置き換えるか、意図した行き先か確かめて承認してください（宛先: { $account }）。
finding-link-dead = { link-place }「{ $link }」のページは見つかりません。URLを確かめて直してください（宛先: { $account }）。
finding-link-dead-host = { link-place }「{ $link }」のサイトは存在しません。URLを確かめて直してください（宛先: { $account }）。
finding-link-certificate = { link-place }「{ $link }」の証明書が正しくなく、開くと警告が出ます。URLを確かめるか、サイトの管理者に知らせてください（宛先: { $account }）。
finding-link-private = { link-place }「{ $link }」は庁内などの公開されていないアドレスにつながります。住民が開けるURLに置き換えてください（宛先: { $account }）。
finding-link-unchecked = { link-place }「{ $link }」のリンク先をまだ確かめていません。確認が終わってからやり直してください（宛先: { $account }）。
finding-link-unchecked-old = { link-place }「{ $link }」のリンク先を確かめてから時間がたっています。確認し直してください（宛先: { $account }）。
finding-link-unchecked-no-answer = { link-place }「{ $link }」から応答がなく、リンク先を確かめられません。ページが開くか確かめ、しばらくしてやり直してください（宛先: { $account }）。
finding-link-unchecked-hops = { link-place }「{ $link }」は転送が多すぎて行き先を確かめられません。最後に開くページのURLに置き換えてください（宛先: { $account }）。

# Misskey の書式（MFM）
finding-link-markup = 本文の「{ $found }」は Misskey の書式です。別の名前のリンクになったり、文字の見え方が変わったりします。書式を外し、URLはそのまま書いてください（宛先: { $account }）。
