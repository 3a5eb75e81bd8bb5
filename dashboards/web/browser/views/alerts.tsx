import { durationShown } from '../../../text/quantity.ts';
import { shortId } from '../../../text/session-label.ts';
import type { AlertRow, InboxRow } from '../../page-state.ts';
import type { LiveState } from '../live-state.ts';
import { sessionAddress } from '../route.ts';
import { SilenceButton } from './session-actions.tsx';
import { StateMark } from './state-mark.tsx';
import { momentShown } from './time-range.tsx';

/** The firing alerts, and the alerts in the inbox. */
export function Alerts({ live, nowSeconds }: { live: LiveState; nowSeconds: number }) {
  const { alerts, inbox } = live.fields;
  return (
    <>
      <section aria-labelledby="active-title">
        <h1 id="active-title">
          Active alerts <span class="quiet">{alerts.length}</span>
        </h1>
        {alerts.length === 0 && <p class="calm">✓ No alerts are firing.</p>}
        <ul class="alerts">
          {alerts.map((alert) => (
            <Active key={alert.key} alert={alert} live={live} nowSeconds={nowSeconds} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="inbox-title">
        <h2 id="inbox-title">Inbox</h2>
        {inbox.length === 0 && <p class="quiet">Nothing has been delivered yet.</p>}
        <ul class="alerts">
          {inbox.map((alert) => (
            <Delivered key={alert.key} alert={alert} live={live} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Active({ alert, live, nowSeconds }: { alert: AlertRow; live: LiveState; nowSeconds: number }) {
  const { severity, text, sessionId, startedAtMillis, isSilenced, name } = alert;
  return (
    <li class={isSilenced ? 'ok' : severity}>
      <StateMark severity={severity} />
      <div>
        <p>{text}</p>
        <p class="quiet">
          {name}, for {durationShown(nowSeconds - startedAtMillis / 1_000)}
          {isSilenced && <span class="badge">silenced</span>} <SessionLink id={sessionId} live={live} />
        </p>
      </div>
      {sessionId !== undefined && <SilenceButton id={sessionId} silences={live.fields.silences} />}
    </li>
  );
}

function Delivered({ alert, live }: { alert: InboxRow; live: LiveState }) {
  const { status, severity, text, sessionId, receivedAtMillis, name } = alert;
  return (
    <li class="delivered">
      {status === 'resolved' ? <span class="state ok">✓ Resolved</span> : <StateMark severity={severity} />}
      <div>
        <p>{text}</p>
        <p class="quiet">
          {name}, <time>{momentShown(receivedAtMillis / 1_000)}</time>{' '}
          <SessionLink id={sessionId} live={live} />
        </p>
      </div>
    </li>
  );
}

function SessionLink({ id, live }: { id: string | undefined; live: LiveState }) {
  if (id === undefined) return null;
  return (
    <a href={sessionAddress(id)}>
      <bdi>{live.sessions.get(id)?.label ?? shortId(id)}</bdi>
    </a>
  );
}
