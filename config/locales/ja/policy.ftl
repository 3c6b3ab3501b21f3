# 点検基準の改定
policy-waits = まだ有効ではありません。改定案 { $proposal } は承認を待っています（必要な承認: { $needs }）。
loosened-severity = 「{ $rule }」が投稿を止めなくなります。
loosened-in-emergency = 緊急モードでは「{ $rule }」が投稿を止めなくなります。
loosened-hosts = 「{ $rule }」の一覧から{ $count }件のホストが外れます: { $examples }
loosened-spared-hosts = 「{ $rule }」で止まらないホストが{ $count }件増えます: { $examples }
loosened-words = 「{ $rule }」の語句{ $count }件が外れるか、見る機会が減ります: { $examples }
loosened-harmless = 「{ $rule }」を打ち消す言い回しが{ $count }件増えます: { $examples }
loosened-hours = 今まで閉じていた時間にも投稿できるようになります。
loosened-site-rule = 独自の規則「{ $rule }」がなくなるか、変わります。
loosened-link-looks = リンク先の確認をやめるか、間隔を広げます。
loosened-outside-checker = 外部の点検の扱いが軽くなります。
loosened-unreadable = 今の版をこのプログラムでは読めないため、何が緩むか分かりません: { $examples }
