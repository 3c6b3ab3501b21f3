# The walk-through: paste it into a shell in which the variables above are set. Needs curl and python3.
call() { # call TOKEN METHOD PATH [JSON] [IF-MATCH]: prints the answer, keeps it in STATUS and ANSWER
  local answer
  answer=$(curl -sS -X "$2" "$GATEWAY$3" -H "Authorization: Bearer $1" -H 'Accept-Language: ja' \
    -H 'Content-Type: application/json' ${5:+-H "If-Match: $5"} ${4:+--data "$4"} -w '\n%{http_code}')
  STATUS=${answer##*$'\n'}
  ANSWER=${answer%$'\n'*}
  printf '\n%s %s -> %s\n%s\n' "$2" "$3" "$STATUS" "$ANSWER"
}
pick() { # pick EXPRESSION: a Python expression over the answer `a`
  printf '%s' "$ANSWER" | python3 -c "import json,sys; a=json.load(sys.stdin); print($1)"
}
expect() { # expect WHAT FOUND WANTED
  if [ "$2" = "$3" ]; then printf '   ok: %s = %s\n' "$1" "$3"; else printf '   NG: %s = %s, expected %s\n' "$1" "$2" "$3"; FAILED=1; fi
}
wait_for() { # wait_for EXPRESSION WANTED TOKEN PATH: asks until the answer is the wanted one, 10 s at most
  local i
  for i in $(seq 1 100); do
    call "$3" GET "$4" >/dev/null
    [ "$(pick "$1")" = "$2" ] && break
    sleep 0.1
  done
  expect "$1" "$(pick "$1")" "$2"
}
FAILED=0

printf '\n=== 1. 短縮URLが入った投稿は止まります / a post with a URL shortener is refused\n'
TEXT="秋の健康診断のお知らせです。くわしくは https://bit.ly/kenshin26 をご覧ください。"
call "$CLERK" POST /v1/posts "{\"text\":\"$TEXT\",\"targets\":[{\"account\":\"$KOHO\"}],\"publish\":{\"mode\":\"on_approval\"},\"submit\":true}"
expect status "$STATUS" 422
expect rule "$(pick 'a["findings"][0]["rule"]')" link.shortener

printf '\n=== 2. 直して提出します / fixed and submitted\n'
TEXT="秋の健康診断のお知らせです。くわしくは市の公式サイトをご覧ください。"
call "$CLERK" POST /v1/posts "{\"text\":\"$TEXT\",\"targets\":[{\"account\":\"$KOHO\"}],\"publish\":{\"mode\":\"on_approval\"},\"document_number\":\"広第123号\",\"submit\":true}"
expect status "$STATUS" 201
expect state "$(pick 'a["state"]')" in_review
POST=$(pick 'a["id"]'); DIGEST=$(pick 'a["digest"]')

printf '\n=== 3. 二人が承認します。書いた人は承認できません / two people sign; the author cannot\n'
call "$CLERK" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
expect status "$STATUS" 403
call "$CHIEF" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
expect status "$STATUS" 200
call "$DIRECTOR" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
expect status "$STATUS" 200

printf '\n=== 4. 公開されます / it is out\n'
wait_for 'a["deliveries"][0]["state"]' published "$CLERK" "/v1/posts/$POST"
expect timeline "$(curl -sS "$SANDBOX/@koho" | grep -c '秋の健康診断のお知らせです')" 1

printf '\n=== 5. 承認後に直すと、承認は無効になります / an edit after approval voids it\n'
AT=$(python3 -c 'import datetime as d; print((d.datetime.now(d.timezone.utc)+d.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"))')
LATEST=$(python3 -c 'import datetime as d; print((d.datetime.now(d.timezone.utc)+d.timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ"))')
call "$CLERK" POST /v1/posts "{\"text\":\"市民文化祭を開催します。\",\"targets\":[{\"account\":\"$KOHO\"}],\"publish\":{\"mode\":\"at\",\"at\":\"$AT\"},\"allowed\":{\"earliest\":\"$AT\",\"latest\":\"$LATEST\"},\"submit\":true}"
POST=$(pick 'a["id"]'); DIGEST=$(pick 'a["digest"]')
call "$CHIEF" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
call "$DIRECTOR" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
expect status "$STATUS" 200
call "$CLERK" GET "/v1/posts/$POST"
VERSION=$(pick 'a["version"]')
call "$CLERK" PATCH "/v1/posts/$POST" '{"text":"市民文化祭を開催します。入場は無料です。","submit":true}' "\"$VERSION\""
expect status "$STATUS" 200
expect state "$(pick 'a["state"]')" in_review
call "$CHIEF" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
expect status "$STATUS" 409

printf '\n=== 6. 運用時間外の予約は断られ、次に可能な時刻が示されます / outside hours: refused, with the next allowed time\n'
SUNDAY=$(python3 -c 'import datetime as d; z=d.timezone(d.timedelta(hours=9)); n=d.datetime.now(z)+d.timedelta(days=1); n+=d.timedelta(days=(6-n.weekday())%7); print(n.strftime("%Y-%m-%dT03:00:00+09:00"))')
call "$CLERK" POST /v1/posts "{\"text\":\"日曜の早朝の投稿です。\",\"targets\":[{\"account\":\"$KANKO\"}],\"publish\":{\"mode\":\"at\",\"at\":\"$SUNDAY\"},\"submit\":true}"
expect status "$STATUS" 422
expect next_allowed "$(pick 'a["next_allowed"]["local"][11:16]')" 08:30

printf '\n=== 7. 防災アカウントは今、運用時間外です。通常の投稿は次の開始を待ちます / ordinary posts wait for the window\n'
call "$BOSAI_CLERK" POST /v1/posts "{\"text\":\"防災訓練の参加者を募集します。\",\"targets\":[{\"account\":\"$BOSAI\"}],\"publish\":{\"mode\":\"on_approval\"},\"submit\":true}"
ORDINARY=$(pick 'a["id"]'); DIGEST=$(pick 'a["digest"]')
call "$CHIEF" POST "/v1/posts/$ORDINARY/approve" "{\"digest\":\"$DIGEST\"}"
call "$DIRECTOR" POST "/v1/posts/$ORDINARY/approve" "{\"digest\":\"$DIGEST\"}"
call "$BOSAI_CLERK" GET "/v1/posts/$ORDINARY"
expect state "$(pick 'a["deliveries"][0]["state"]')" waiting

printf '\n=== 8. 緊急モードを宣言します。通常の投稿はすぐ保留になります / an emergency is declared; ordinary posts are held\n'
UNTIL=$(python3 -c 'import datetime as d; print((d.datetime.now(d.timezone.utc)+d.timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ"))')
call "$DUTY" POST /v1/emergencies "{\"kind\":\"flood\",\"reason\":\"河川の水位が氾濫危険水位に達したため\",\"accounts\":[\"$BOSAI\"],\"expires_at\":\"$UNTIL\"}"
expect status "$STATUS" 201
call "$BOSAI_CLERK" GET "/v1/posts/$ORDINARY"
expect state "$(pick 'a["deliveries"][0]["state"]')" held

printf '\n=== 9. 緊急の投稿は、当番の承認ひとつで運用時間外でもすぐ出ます / one signature of the duty officer, and it is out\n'
call "$BOSAI_CLERK" POST /v1/posts "{\"text\":\"川の水位が上がっています。川沿いの方はすぐに高い所へ避難してください。\",\"kind\":\"emergency\",\"targets\":[{\"account\":\"$BOSAI\"}],\"publish\":{\"mode\":\"on_approval\"},\"submit\":true}"
expect status "$STATUS" 201
POST=$(pick 'a["id"]'); DIGEST=$(pick 'a["digest"]')
BEFORE=$(python3 -c 'import time; print(time.time())')
call "$DUTY" POST "/v1/posts/$POST/approve" "{\"digest\":\"$DIGEST\"}"
expect status "$STATUS" 200
wait_for 'a["deliveries"][0]["state"]' published "$BOSAI_CLERK" "/v1/posts/$POST"
SECONDS_TAKEN=$(curl -sS "$SANDBOX/sandbox/arrivals" | python3 -c "import json,sys,datetime as d; a=json.load(sys.stdin); a=a.get('arrivals', a) if isinstance(a, dict) else a; t=[x['at'] for x in a if '川の水位' in x['text']][-1]; print('within a second' if d.datetime.fromisoformat(t.replace('Z','+00:00')).timestamp()-$BEFORE < 1 else 'late')")
expect "from the signature to the platform" "$SECONDS_TAKEN" "within a second"
expect timeline "$(curl -sS "$SANDBOX/@bosai" | grep -c '川の水位が上がっています')" 1

printf '\n=== 10. 緊急の投稿は後閲の一覧に残ります / it stays in a list until somebody looked at it afterwards\n'
call "$DIRECTOR" GET /v1/reviews
expect "listed" "$(pick "str(any(item.get(\"post\") == \"$POST\" for item in a[\"items\"])).lower()")" true
