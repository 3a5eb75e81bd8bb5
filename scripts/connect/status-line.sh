#!/bin/sh
# Reports to ctxd for Claude Code's status line and hooks: sh status-line.sh URL [COMMAND]
#
# Posts the JSON on standard input to URL, in the background, and ignores whether that works. Then it becomes COMMAND:
# input, output, exit status and signals are the command's own. Without COMMAND it prints a short status line itself. The
# receiver gets the whole JSON, because a shell cannot pick fields out of it: session id and name, model, folders, cost,
# rate limits; it holds no prompts. URL is on 127.0.0.1, and the receiver keeps only what it shows.

# The JSON is one line. Do not read to the end: some versions of Claude Code leave the pipe open.
IFS= read -r json
case $json in
  '{'*'}') ;;
  *)
    json="$json
$(cat)"
    ;;
esac

# Close all streams, or Claude Code would wait for them. Neither a proxy nor ~/.curlrc may redirect the request.
ship() {
  if command -v curl; then
    # Not as an argument: other users can read command lines.
    printf '%s' "$json" | curl -q --silent --max-time 1 --noproxy '*' --header 'content-type: application/json' \
      --header 'expect:' ${CTXD_RECEIVER_TOKEN:+--header @/dev/fd/3} --data-binary @- "$1" 3<<EOF
authorization: Bearer $CTXD_RECEIVER_TOKEN
EOF
  else
    printf '%s' "$json" | node -e '
      fetch(process.argv[1], {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${process.env.CTXD_RECEIVER_TOKEN ?? ""}`,
        },
        body: require("fs").readFileSync(0),
        signal: AbortSignal.timeout(1000),
      }).catch(() => {})' "$1"
  fi
}
(
  exec </dev/null >/dev/null 2>&1
  ship "$1" &
)

if [ -n "$2" ]; then
  exec /bin/sh -c "$2" <<EOF
$json
EOF
fi

# Shells take minutes to search a long text. A real one has about 4,000 characters.
[ "${#json}" -le 16384 ] || exit 0
window=${json#*'"context_window":{'}
percent=${window#*'"used_percentage":'}
percent=${percent%%[!0-9.]*}
size=${window#*'"context_window_size":'}
size=${size%%[!0-9]*}
if [ -n "$percent" ] && [ -n "$size" ]; then
  printf 'context %s %% of %sk\n' "$percent" "$((size / 1000))"
fi
exit 0
