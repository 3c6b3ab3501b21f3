# 体裁の指摘の文。

finding-form-sign-off-line = 「{ $account }」への文の最後に、所属を示す行がありません。最後の行に「{ $lines }」のいずれかを書いてください。
finding-form-hashtag = 「{ $account }」への文に、決められたハッシュタグ「{ $hashtag }」がありません。前後を空けて書き加えてください。
finding-form-mention = 「{ $account }」への文の「{ $found }」は、相手を名指しし、市町村が推薦していると受け取られます。必要か確かめ、理由を添えて承認してください。
finding-form-forbidden-mention = 「{ $account }」への文の「{ $found }」は、名指ししないと決めた相手です。消すか、名前の前の「@」を取ってください。
finding-form-source-missing = 「{ $found }」とあり、ほかの人や団体の発信をもとにした文ですが、出典がありません。もとの発信を確かめ、出典欄（source）に発信元・題名・日付を書いてください。
finding-form-media-count = 「{ $account }」への画像・動画が{ $count }点あります。一つの投稿に付けられるのは{ $most }点までです。減らしてください。
finding-form-reply = 「{ $account }」から特定の人への返信です。全員が読みます。返信の方針に合うか、相手の個人情報に触れていないか確かめ、理由を添えて承認してください。
finding-form-quote = 「{ $account }」からの引用は、引用した人の投稿を信用できるものに見せます。内容と必要を確かめ、理由を添えて承認してください。
