# 正確さの指摘の文。

finding-accuracy-weekday = 「{ $found }」の曜日が合いません（{ $day } は{ $weekday_ja }です）。日付か曜日を直してください（宛先: { $account }）。
finding-accuracy-impossible-date = 「{ $found }」という日付はありません。正しい日付に直してください（宛先: { $account }）。
finding-accuracy-impossible-time = 「{ $found }」という時刻はありません。正しい時刻に直してください（宛先: { $account }）。
finding-accuracy-era = 「{ $found }」の元号と西暦が合いません（{ $era }は西暦{ $year }年です）。正しい年に直してください（宛先: { $account }）。
finding-accuracy-era-dates = 「{ $found }」の二つの日付の年が合いません。正しい年に直してください（宛先: { $account }）。
finding-accuracy-event-past = 「{ $found }」（{ $day }）は、投稿が読まれる日（{ $today }）より前です。日付を直すか、終わったことだと分かるように書いてください（宛先: { $account }）。
finding-accuracy-deadline-past = 「{ $found }」（{ $day }）の期限は、投稿が読まれる時（{ $today }）には過ぎています。期限を確かめて直してください（宛先: { $account }）。
finding-accuracy-order-date = 「{ $found }」は終わりの日が始まりの日より前か、期間が長すぎます。日付を直してください（宛先: { $account }）。
finding-accuracy-order-time = 「{ $found }」は終わりの時刻が始まりの時刻より前です。時刻を直すか、「午後」「翌」などを補ってください（宛先: { $account }）。
finding-accuracy-relative-day = 「{ $found }」は、投稿が読まれる日（{ $today }）から数えると合いません。言葉か日付を直してください（宛先: { $account }）。
finding-accuracy-relative-word = 「{ $found }」は、投稿が読まれる日（{ $today }）から数えて読まれます。意味が変わらないか確かめるか、日付で書いてください（宛先: { $account }）。
finding-accuracy-foreign-phone = 「{ $found }」は、ほかの所属の電話番号として公表されています。問い合わせ先として正しいか確かめてください（宛先: { $account }）。
finding-accuracy-units-mixed = 「{ $found }」と、ほかの金額とで単位の書き方が違います。円・千円・万円のどれかにそろえてください（宛先: { $account }）。
finding-accuracy-units-measure = 「{ $found }」と、ほかの数量とで単位が違います。どちらかの単位にそろえてください（宛先: { $account }）。
finding-accuracy-units-broken = 「{ $found }」の金額の書き方に誤りがあるようです。桁区切りと単位を直してください（宛先: { $account }）。
finding-accuracy-brackets = 「{ $found }」に対応する括弧または引用符がありません。もう一方を補うか、消してください（宛先: { $account }）。
finding-accuracy-leftover = 「{ $found }」は、ひな形や下書きの書き残しです。正しい内容に書き換えてください（宛先: { $account }）。
finding-accuracy-placeholder = 「{ $found }」は、書き入れ忘れのように見えます。正しい内容を書くか、このままでよいことを確かめてください（宛先: { $account }）。
finding-accuracy-drill-stray = 「{ $found }」は訓練の投稿の印ですが、この投稿は訓練ではありません。印を消すか、訓練の投稿として作り直してください（宛先: { $account }）。
finding-accuracy-drill-part = 訓練の投稿の{ $part }番目の文が「{ $mark }」で始まっていません。文の初めに付けてください（宛先: { $account }）。
finding-accuracy-drill-alt = 訓練の投稿の{ $part }番目の文に付く画像の代替テキストが「{ $mark }」で始まっていません。初めに付けてください（宛先: { $account }）。
