# 読みやすさとアクセシビリティの指摘の文。

# 画像の説明
finding-alt-missing = 「{ $account }」への{ $number }枚目の画像・動画に代替テキストがありません。何が写っているかを文章で書いてください。
finding-alt-file-name = 「{ $account }」への{ $number }枚目の代替テキスト「{ $found }」はファイル名のようです。何が写っているかを文章で書いてください。
finding-alt-not-sent = 「{ $account }」への{ $number }番目の動画の説明は、媒体に受け口がないため送られません。動画の内容を本文でも伝えてください。
finding-alt-says-nothing = 「{ $account }」への{ $number }枚目の代替テキスト「{ $found }」だけでは内容が伝わりません。何が写り、何を知らせる画像かを書いてください。
finding-alt-too-long = 「{ $account }」への{ $number }枚目の代替テキストが{ $over }文字超えています（{ $used } / { $limit }）。要点にしぼり、詳しい説明は本文か公式サイトに書いてください。

# 文字
finding-readable-platform-characters = 「{ $account }」への文の「{ $found }」は、機種によって違う文字に見えたり読み上げられなかったりします。「{ $instead }」のように書き換えてください。
finding-readable-private-characters = 「{ $account }」への文の「{ $found }」は外字で、ほかの機種では読めません。標準の文字かかなで書いてください。
finding-readable-decorative = 「{ $account }」への文の「{ $found }」は飾り文字で、読み上げられません。「{ $instead }」と書いてください。

# 絵文字
finding-readable-emoji-row = 「{ $account }」への文に絵文字が{ $count }個続いています。一つずつ読み上げられて聞き取りにくいため、3個までにしてください。
finding-readable-emoji-flood = 「{ $account }」への文に絵文字が{ $count }個あります。一つずつ読み上げられて聞き取りにくいため、減らしてください。
finding-readable-emoji-only = 「{ $account }」への文は絵文字だけです。伝えたいことを言葉で書いてください。
finding-readable-emoji-noun = 「{ $account }」への文で「{ $found }」が言葉の代わりになっています。読み上げでも伝わるように、言葉で書いてください。

# 書き方
finding-readable-hashtag-case = 「{ $account }」への文の「{ $found }」は単語の切れ目がわかりません。単語の頭を大文字にしてください（例: #CityFestival）。
finding-readable-capitals = 「{ $account }」への文の「{ $found }」は大文字だけで書かれています。読みやすいように小文字も使ってください。
finding-readable-spaced-word = 「{ $account }」への文の「{ $found }」は単語の中に空白があり、正しく読み上げられません。「{ $instead }」と書いてください。
finding-readable-long-sentence = 「{ $account }」への文に{ $length }文字の長い文があります。{ $most }文字までを目安に、文を分けてください。
finding-readable-furigana = 「{ $account }」への文の「{ $found }」は読みにくい言葉です。「{ $found }（{ $sounds }）」と読みを添えるか、やさしい言葉にしてください。
