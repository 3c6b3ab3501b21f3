# 個人情報の指摘の文。値そのものは決して書かない。

# 指摘の場所
personal-place = { $place ->
    [card] リンクカード
    [alt] 代替テキスト
   *[text] 本文
  }

finding-personal-my-number = { personal-place }に個人番号（マイナンバー）とみられる12桁の番号（{ $value }）があります。法律で公表が禁じられています。必ず削除してください（宛先: { $account }）。
finding-personal-card = { personal-place }にクレジットカード番号とみられる番号（{ $value }）があります。削除してください（宛先: { $account }）。
finding-personal-bank-account = { personal-place }に銀行口座とみられる番号（{ $value }）があります。個人の口座なら削除し、公表してよい口座なら番号を確かめ、理由を添えて承認してください（宛先: { $account }）。
finding-personal-driving-licence = { personal-place }に運転免許証の番号とみられる番号（{ $value }）があります。削除してください。番号が別のものなら、理由を添えて承認してください（宛先: { $account }）。
finding-personal-passport = { personal-place }に旅券（パスポート）番号とみられる番号（{ $value }）があります。削除してください。番号が別のものなら、理由を添えて承認してください（宛先: { $account }）。
finding-personal-residence-card = { personal-place }に在留カード番号とみられる番号（{ $value }）があります。削除してください。番号が別のものなら、理由を添えて承認してください（宛先: { $account }）。
finding-personal-pension = { personal-place }に基礎年金番号とみられる番号（{ $value }）があります。削除してください。番号が別のものなら、理由を添えて承認してください（宛先: { $account }）。
finding-personal-insurance = { personal-place }に保険の記号・番号とみられる番号（{ $value }）があります。個人のものなら削除し、そうでなければ理由を添えて承認してください（宛先: { $account }）。
finding-personal-vehicle-plate = { personal-place }に車のナンバーとみられる表示（{ $value }）があります。持ち主が分かるため、必要がなければ削除し、必要なら理由を添えて承認してください（宛先: { $account }）。
finding-personal-phone = { personal-place }に、公表している連絡先にない電話番号（{ $value }）があります。個人の番号なら削除し、公表してよい番号なら確かめ、理由を添えて承認してください（宛先: { $account }）。
finding-personal-email = { personal-place }に、公表している連絡先にないメールアドレス（{ $value }）があります。個人のものなら削除し、公表してよいものなら確かめ、理由を添えて承認してください（宛先: { $account }）。
finding-personal-address = { personal-place }に番地までの住所（{ $value }）があります。個人の住まいなら町名までにとどめ、公表してよい場所なら理由を添えて承認してください（宛先: { $account }）。
finding-personal-birth-date = { personal-place }に生年月日（{ $value }）があります。必要がなければ削除し、必要なら本人の同意を確かめ、理由を添えて承認してください（宛先: { $account }）。
finding-personal-name = { personal-place }に個人の氏名（{ $value }）があります。必要がなければ削除し、必要なら本人の同意を確かめ、理由を添えて承認してください（宛先: { $account }）。
finding-personal-corporate-number = { personal-place }に法人番号とみられる13桁の番号（{ $value }）があります。公開情報ですが、意図した番号か確かめてください（宛先: { $account }）。
finding-personal-location = { $number }番目の画像に撮影場所の位置情報が残っています。位置情報を消した画像に差し替えてください（宛先: { $account }）。
