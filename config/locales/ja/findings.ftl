# 指摘の文。どれも「何が起きたか」と「どうすればよいか」を伝える。

# アカウント
finding-account-registered = 「{ $account }」はまだ接続されていません。管理者に接続を依頼してください。
finding-account-needs-reconnect = 「{ $account }」の接続が切れています。管理者に再接続を依頼してください。それまで投稿は待機します。
finding-account-suspended = 「{ $account }」は利用停止中です。管理者に確認してください。
finding-account-closed = 「{ $account }」は廃止されたため、投稿できません。別のアカウントを選んでください。
finding-account-held = 「{ $account }」は保留中です（理由: { $reason }）。保留が解除されるまで何も投稿されません。
finding-account-emergency-hold = 「{ $account }」は緊急モード中です（{ $reason }）。通常の投稿は緊急モードが終わってから、時刻を決め直してください。
finding-account-purpose-drill = 訓練の投稿は訓練用アカウントからしか出せません。「{ $account }」を宛先から外してください。
finding-account-purpose-public = 「{ $account }」は訓練専用です。訓練以外の投稿の宛先から外してください。
finding-account-policy-incomplete = 「{ $account }」の運用方針に、まだ書かれていない項目があります: { $fields_ja }。情報政策課か広報課に登録を依頼してください。
finding-account-credential-overdue = 「{ $account }」の認証情報は、{ $day }に使用期限（方針で定めた日数）を過ぎたため、通常の投稿を止めています。管理者に再接続を依頼してください。
finding-account-credential-overdue-then = 「{ $account }」の認証情報は、投稿の前の{ $day }に使用期限（方針で定めた日数）を迎えます。それまでに、管理者に再接続を依頼してください。
finding-account-credential-unknown = 「{ $account }」の認証情報の取得日が分からないため、投稿できません。管理者に再接続を依頼してください。
finding-emergency-not-live = 「{ $account }」に有効な緊急モードがありません。危機管理当番に宣言を依頼するか、通常の投稿として出してください。
finding-emergency-no-cover = 「{ $account }」の運用方針には緊急時の定めがないため、緊急の投稿はできません。別のアカウントを使ってください。

# 決裁
finding-route-incomplete = 「{ $account }」の決裁がそろっていません（未決: { $stage }）。この版に対する承認を受けてください。
finding-route-empty = 「{ $account }」に決裁ルートが設定されていません。管理者にルートの登録を依頼してください。
finding-route-duty-officer = 「{ $account }」への緊急の投稿には、危機管理当番の承認が必要です。作成・編集した人以外の当番が承認してください。
finding-route-own-hand = 作成・編集した人が承認しています。別の承認者が承認し直してください。
finding-route-same-person = 同じ人が二つ以上の段階で承認しています。一方を別の承認者が承認し直してください。
finding-route-below-policy = 「{ $account }」の決裁ルートに、基準が求める段階がありません: { $lacks_ja }。決裁ルートに加えてください。

# 運用時間
finding-window-holiday = { $name_ja }（祝日）のため「{ $account }」は投稿できません。次に投稿できる時刻: { $next }
finding-window-year-end = 年末年始の閉庁日のため「{ $account }」は投稿できません。次に投稿できる時刻: { $next }
finding-window-closed-day = 閉庁日または休止日のため「{ $account }」は投稿できません。次に投稿できる時刻: { $next }
finding-window-working-hours = 執務時間外のため「{ $account }」は投稿できません。次に投稿できる時刻: { $next }
finding-window-operating-hours = 「{ $account }」の運用時間外です。次に投稿できる時刻: { $next }
finding-window-grid = 「{ $account }」の投稿時刻は{ $minutes }分単位です。次に選べる時刻: { $next }
finding-window-calendar-unknown = 祝日データが{ $last }までしかないため、「{ $account }」の開庁日か判断できません。それ以前の日時にするか、管理者に祝日データの更新を依頼してください（次に投稿できる時刻: { $next }）。
finding-window-no-opening = 「{ $account }」には期限（{ $latest }）までに投稿できる時間がありません。期限を延ばしてください。
finding-window-no-common-opening = 期限までに、すべての宛先で同時に投稿できる時間がありません。期限を延ばすか、宛先ごとに投稿を分けてください。

# 時刻
finding-range-outside = 予定時刻が「{ $account }」への投稿を認めた範囲（{ $earliest } から { $latest }）の外です。範囲内の時刻にするか、範囲を改めて決裁を受け直してください。
finding-range-over = 「{ $account }」への投稿を認めた期限（{ $latest }）を過ぎました。時刻を決め直し、決裁を受けてください。
finding-range-unplanned = 投稿時刻が決まっていません。時刻を決めてください。
finding-time-past = 「{ $account }」への予定時刻（{ $planned }）を過ぎています。時刻を決め直してください。
finding-time-early = 「{ $account }」への予定時刻（{ $planned }）になっていません。時刻まで待つか、時刻を決め直してください。

# 投稿の形
finding-capability-act = { $platform } の「{ $account }」では、この操作（返信・転載・引用）はできません。自分の言葉で新しい投稿にしてください。
finding-capability-correct = { $platform } では公開済みの投稿を修正できません。「{ $account }」の投稿を取り下げられる場合は取り下げ、正しい内容を新しい投稿にしてください。
finding-capability-refers-to-nothing = 「{ $account }」への返信・転載・引用に、相手の投稿がありません。指定するか、新しい投稿にしてください。
finding-capability-refers-to-something = 「{ $account }」への投稿に相手の投稿が指定されていますが、返信・転載・引用ではありません。
finding-capability-parts = 「{ $account }」では、この数の連投は扱えません。投稿の数を減らしてください。
finding-media-unknown = 「{ $account }」への{ $number }枚目の画像・動画を確認できません。アップロードし直し、新しい「digest」を指定してください。
finding-media-kind = 「{ $account }」（{ $platform }）では、この種類の画像・動画（{ $number }枚目）は扱えません。動かない画像にするか、動画を扱える場合はMP4にするか、外してください。
finding-media-bytes = { $number }枚目の動画（動く画像）は { $found } MBで、「{ $account }」（{ $platform }）の上限 { $room } MBを超えています。短くするか、画質を下げてください。
finding-media-size = { $number }枚目は長辺が { $found } ピクセルで、「{ $account }」（{ $platform }）の上限 { $room } を超えています。小さくしてください。
finding-media-small = { $number }枚目の画像は、「{ $account }」（{ $platform }）に出すには幅が足りません。幅の広い画像にしてください。
finding-media-aspect = { $number }枚目の縦横の比は、「{ $account }」（{ $platform }）に出せません。切り取り方を決めて、アップロードし直してください。
finding-media-frames = { $number }枚目の動く画像は { $found } コマで、「{ $account }」（{ $platform }）の上限 { $room } を超えています。短くしてください。
finding-media-short = { $number }枚目の動画は { $found } 秒で、「{ $account }」（{ $platform }）に必要な { $room } 秒に足りません。長いものにしてください。
finding-media-long = { $number }枚目の動画は { $found } 秒で、「{ $account }」（{ $platform }）の上限 { $room } 秒を超えています。短くしてください。
finding-media-codec = { $number }枚目の動画の形式は、「{ $account }」（{ $platform }）で再生できません。H.264・AACで書き出し直してください。
finding-media-cover = 「{ $account }」（{ $platform }）では動画の表紙になる画像が必要です。同じ投稿に動画の数だけ画像を入れてください（最初の画像が最初の動画の表紙になります）。
finding-media-mixed = 「{ $account }」（{ $platform }）では、動画や動く画像をほかの画像と一緒に出せません。どちらかにしてください。
finding-capability-needs-media = 「{ $account }」への投稿には画像か動画が必要です。
finding-capability-link-card = { $platform } ではリンクのプレビューを指定できません。「{ $account }」のプレビューを外してください。
finding-capability-visibility = { $platform } の「{ $account }」では公開範囲を選べません。「公開」にしてください。
finding-capability-audience = { $platform } の「{ $account }」では、配信する相手を絞り込めません。絞り込みを外してください。
finding-correction-not-ours = 「{ $account }」で訂正しようとしている投稿は、ここから公開されたものではありません。対象の配信を指定してください。
finding-correction-wordless = 「{ $account }」で訂正しようとしている投稿は他の投稿の転載で、訂正できる文がありません。
finding-correction-withdrawn = 「{ $account }」で訂正しようとしている投稿は取り下げ済みです。正しい内容を新しい投稿にしてください。
finding-correction-in-doubt = 「{ $account }」の同じ投稿に対する別の訂正が送信中か、結果が未確定です。先にそちらを確定してください。
finding-correction-visibility = { $platform } の修正では公開範囲を変えられません。「{ $account }」の公開範囲を元の投稿と同じにしてください。
finding-correction-media = { $platform } では公開済みの投稿の文だけを修正できます。「{ $account }」の訂正には、元の投稿と同じ画像・動画を、同じ順序と同じ説明文で付けてください。差し替える場合は、取り下げて新しい投稿にしてください。
finding-correction-says-nothing = { $platform } の修正は文の差し替えです。「{ $account }」の文を書くか、投稿を取り下げてください。
finding-length-exceeded = 「{ $account }」の文字数が{ $over }{ length-unit }超えています（{ $used } / { $limit }）。短くしてください。
finding-length-exceeded-part = 「{ $account }」の{ $part }番目の文字数が{ $over }{ length-unit }超えています（{ $used } / { $limit }）。短くしてください。
length-unit = { $unit ->
    [bytes] バイト
   *[weighted] 文字
}
finding-length-hashtags = 「{ $account }」はハッシュタグを{ $most }個までしか受け付けません（現在 { $count }個）。減らしてください。
finding-length-mentions = 「{ $account }」は「@」での名指しを{ $most }個までしか受け付けません（現在 { $count }個）。減らしてください。
finding-length-links = 「{ $account }」はリンクを{ $most }種類までしか受け付けません（現在 { $count }種類）。減らしてください。
finding-text-refused = 「{ $account }」が受け付けない見えない文字（{ $code }）が含まれています。打ち直してください。
finding-text-empty = 「{ $account }」への本文が空です。本文を書いてください。
finding-text-control = 「{ $account }」への文に、見た目を変える不可視の文字（{ $code }）があります。その文字を消して入力し直してください。

# 言葉
finding-words = { $title_ja }: 本文に「{ $found }」があります。{ $help_ja }（宛先: { $account }）
finding-words-card = { $title_ja }: リンクカードに「{ $found }」があります。{ $help_ja }（宛先: { $account }）
finding-words-alt = { $title_ja }: 代替テキストに「{ $found }」があります。{ $help_ja }（宛先: { $account }）

# 重複
finding-duplicate-near = 「{ $account }」で過去{ $days }日以内に、ほとんど同じ内容を投稿しています。続報か、誤って二度出していないかを確かめてください。
finding-duplicate-recent = 「{ $account }」はこの{ $days }日間に同じ文を投稿または予約しています。繰り返す必要があるか確かめ、理由を添えて承認してください。
finding-evidence-missing-recent = 「{ $account }」の最近の投稿を読めなかったため、重複を確かめられません。しばらくしてやり直し、続くときは管理者に連絡してください。

# 確認事項
finding-attestation-missing = 「{ $text_ja }」の確認がまだです（{ $name }）。確かめたうえで、提出または承認に確認を付けてください。
