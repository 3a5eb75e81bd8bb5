#!/bin/sh
# Claude Code's status line, wrapped by ctxd: sh status-line.sh RECEIVER_URL [COMMAND]
#
# Hands the JSON on standard input to the receiver on this machine, in the background and without caring how that goes,
# and then becomes COMMAND: its input, output, exit status and signals are the command's own. Without a COMMAND it
# prints one line itself. All of the JSON goes to the receiver (a shell cannot pick fields out of it): session id and
# name, model, folders, cost, rate limits; no prompts are in it. RECEIVER_URL is on 127.0.0.1, and the receiver keeps
# only what it shows.

# One line is the whole JSON. Not reading on to the end matters: some versions of Claude Code leave the pipe open.
IFS= read -r json
case $json in
  '{'*'}') ;;
  *)
    json="$json
$(cat)"
    ;;
esac

# No stream of ours may stay open, or Claude Code would wait for it; no proxy and no ~/.curlrc may redirect it.
ship() {
  if command -v curl; then
    # The token, if there is one, is not for other users, who see command lines.
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
