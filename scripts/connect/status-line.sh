#!/bin/sh
# Reports Claude Code's status line and hooks to ctxd. Usage: sh status-line.sh URL [COMMAND]
#                                                             sh status-line.sh URL/v1/sessions nudge
#
# Posts the JSON on standard input to URL in the background and ignores failures. Then COMMAND replaces this script, so that
# input, output, exit status and signals are COMMAND's own. Without COMMAND, `ctxd statusline` prints the line, or this script
# itself where that is gone.
# It posts the whole JSON, because a shell cannot pick fields out of it: session id and name, model, folders, cost and rate
# limits, but no prompts. URL is on 127.0.0.1, and the receiver keeps only the fields that it shows.

# Connect writes here where the stack keeps the receiver's token.
token_file=''
read_token() {
  token=$CTXD_RECEIVER_TOKEN
  if [ -z "$token" ] && [ -f "$token_file" ]; then
    IFS= read -r token <"$token_file"
  fi
}

# Prints what the receiver wants the session to read with this prompt: nothing or one sentence. Only the session's id, which
# is at the start of the JSON, leaves this script; the prompt does not.
if [ "$2" = nudge ]; then
  json=$(dd bs=1024 count=1 2>/dev/null)
  # Claude Code shows an error where a hook does not read a long prompt to its end.
  exec 4<&0
  cat <&4 >/dev/null 2>&1 &
  exec 4<&-
  id=${json#*'"session_id":"'}
  id=${id%%'"'*}
  case $id in
    '' | *[!A-Za-z0-9-]*) exit 0 ;;
  esac
  read_token
  curl -q --silent --fail --max-time 0.03 --noproxy '*' --request POST ${token:+--header @/dev/fd/3} \
    "$1/$id/nudge" 2>/dev/null 3<<EOF
authorization: Bearer $token
EOF
  exit 0
fi

# The JSON is one line. Do not read until end of file: some versions of Claude Code leave the pipe open.
IFS= read -r json
case $json in
  '{'*'}') ;;
  *)
    json="$json
$(cat)"
    ;;
esac

read_token

# Neither a proxy nor ~/.curlrc may redirect the request.
ship() {
  if command -v curl; then
    # Not passed as arguments, because other users can read command lines.
    printf '%s' "$json" | curl -q --silent --max-time 1 --noproxy '*' --header 'content-type: application/json' \
      --header 'expect:' ${token:+--header @/dev/fd/3} --data-binary @- "$1" 3<<EOF
authorization: Bearer $token
EOF
  else
    printf '%s' "$json" | CTXD_RECEIVER_TOKEN=$token node -e '
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
# Close all streams, because Claude Code waits for open ones.
(
  exec </dev/null >/dev/null 2>&1
  ship "$1" &
)

if [ -n "$2" ]; then
  exec /bin/sh -c "$2" <<EOF
$json
EOF
fi

# Connect writes here how to run `ctxd`.
node='' ctxd=''
if [ -x "$node" ] && [ -f "$ctxd" ]; then
  line=$(printf '%s\n' "$json" | "$node" "$ctxd" statusline 2>/dev/null)
  if [ -n "$line" ]; then
    printf '%s\n' "$line"
    exit 0
  fi
fi

# Shells take minutes to search long texts. Claude Code's JSON has about 4,000 characters.
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
