/** What `--help` prints. */
export const usage = `Usage: npm run stack:COMMAND [-- OPTIONS]

  up               Starts the stack and waits until it works; does nothing when it runs already.
  down             Stops it and keeps its data.
  status           Tells what runs, whether it is healthy, and where.
  logs [PART]      Prints what the parts log; -f goes on, --tail N begins N lines before the end (default 50).
  restart [PART]   Stops and starts all parts, or one.
  open             Opens Grafana in the browser.
  upgrade          Gets the pinned versions, and restarts the parts that they change.
  backup FILE      Writes all data into an archive, while the stack runs or not.
  restore FILE     Puts an archive's data in place of the present data.
  reset            Deletes all data and logs; keeps the secrets.

  --runtime docker|native   Default: docker where an engine answers, else native.
  --ports auto              Takes free ports in place of taken ones (up).
  --without PART[,PART]     Leaves parts out: grafana, receiver, vmalert, alertmanager (up).
  --timeout SECONDS         How long a part may take to be healthy, and another run to let go. Default: 60.
  --dry-run                 Says what would be done, and does nothing (up).
  --open                    Opens Grafana at the end (up).
  --pull                    Pulls images even where they are at hand, and restarts what got a newer one (up; docker).
  --no-rollback             Leaves running what a failed start has started, and says what (up, upgrade).
  --yes                     Does not ask (reset, restore).
  --json                    Prints one object: command, status, data, warnings, error.
  --help                    Prints this.

Environment:
  CTXD_<PART>_PORT          Port of a part; parts: COLLECTOR, VICTORIAMETRICS, ALERTMANAGER, VMALERT, RECEIVER, GRAFANA.
  CTXD_<PART>_IMAGE         Image of a part, for mirrors and air-gapped sites (docker).
  CTXD_BIND                 Address to listen on. Default: 127.0.0.1. Any other opens the collector, which then wants a
                            token, and Grafana, which wants its password; all others stay on 127.0.0.1.
  CTXD_COLLECTOR_AUTH       1: the collector wants the token on 127.0.0.1, too.
  CTXD_RETENTION            How long metrics are kept, e.g. 30d or 1y. Default: 90d.
  CTXD_ALERT_WEBHOOK_URL    Where alerts are delivered; from containers this machine is host.docker.internal.
  CTXD_STATE_DIR            Data, secrets and logs. Default: ~/.local/state/ctxd.
  CTXD_PROJECT              Compose project. Default: ctxd (docker).
  CTXD_RELEASES_URL         Mirror of the release sites (native).
  GRAFANA_HOME              An unpacked Grafana (native).

Exit status: 0 ok, 1 failure, 2 usage, 3 port taken, 4 nothing to run it with, 5 not healthy in time,
6 another run works on the stack, 130 interrupted. Of status: 0 healthy, 1 stopped, 2 degraded.`;
