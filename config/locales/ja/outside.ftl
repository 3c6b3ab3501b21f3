# 外部チェッカーと自治体独自のルールの文。

finding-outside = 外部チェッカーの指摘: { $message_ja }
finding-outside-unavailable = 外部チェッカーの回答がないため、「{ $account }」への投稿を確認できていません。しばらくしてからやり直すか、管理者に確認してください。
finding-site = { $message_ja }
finding-site-failed = 自治体独自のルール「{ $rule }」を判定できませんでした。管理者にルールの確認を依頼してください。
