import { useMemo } from 'preact/hooks';
import { standingText, stepText, toFullText } from '../../../text/advice.ts';
import { noFigureText } from '../../../text/no-figure.ts';
import { dollarsShown, percentShown } from '../../../text/quantity.ts';
import type { SessionRow } from '../../page-state.ts';
import { Chart } from '../chart.tsx';
import type { LiveState } from '../live-state.ts';
import { sessionAddress } from '../route.ts';
import { needingAttention, nextFull, type SortOrder, type Sorting } from '../session-order.ts';
import { worstOf } from '../tab.ts';
import { CopyResume, SilenceButton } from './session-actions.tsx';
import { SessionTable } from './session-table.tsx';
import { StateMark } from './state-mark.tsx';

interface OverviewProps {
  readonly live: LiveState;
  readonly rows: readonly SessionRow[];
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly sorting: Sorting;
  readonly onSort: (by: SortOrder) => void;
  readonly selectedId: string | undefined;
  readonly nowSeconds: number;
}

/** The overview. It answers: which session needs me now? */
export function Overview(props: OverviewProps) {
  const { live, rows, search, onSearch } = props;
  const { fields, sessions } = live;
  const silencedIds = new Set(fields.silences.flatMap(({ sessionId }) => sessionId ?? []));
  if (sessions.size === 0) return <Empty live={live} />;
  return (
    <>
      <h1 class="unseen">Which session needs me now?</h1>
      <Figures live={live} />
      <Advice live={live} />
      <section aria-labelledby="sessions-title">
        <header class="section-head">
          <h2 id="sessions-title">
            Sessions{' '}
            <span class="quiet">{search === '' ? sessions.size : `${rows.length} of ${sessions.size}`}</span>
          </h2>
          <input
            id="search"
            type="search"
            placeholder="Search  /"
            aria-label="Search by label, id, project, model or host"
            value={search}
            onInput={({ currentTarget }) => onSearch(currentTarget.value)}
          />
        </header>
        {rows.length === 0 ? (
          <p class="quiet">No sessions match “{search}”.</p>
        ) : (
          <SessionTable {...props} thresholds={fields.thresholds} silencedIds={silencedIds} />
        )}
        <Waiting labels={fields.waiting} />
      </section>
      <Fullest live={live} />
    </>
  );
}

/** The live sessions that have made no request yet. */
function Waiting({ labels }: { labels: readonly string[] }) {
  if (labels.length === 0) return null;
  return (
    <p class="quiet">
      Live, with <bdi>{noFigureText(labels)}</bdi>
    </p>
  );
}

function Figures({ live: { fields, sessions } }: { live: LiveState }) {
  const rows = [...sessions.values()];
  const { critical, warning } = worstOf(rows);
  const next = nextFull(rows);
  const nextIn = toFullText(next?.secondsToFull);
  const costs = rows.flatMap(({ costUsd }) => costUsd ?? []);
  return (
    <dl class="figures">
      <Figure
        title="Critical"
        tone={critical > 0 ? 'critical' : ''}
        value={critical > 0 ? `✗ ${critical}` : '0'}
      />
      <Figure
        title="Warning"
        tone={warning > 0 ? 'warning' : ''}
        value={warning > 0 ? `⚠ ${warning}` : '0'}
      />
      <Figure title="Live" value={sessions.size.toLocaleString('en-US')} />
      <Figure
        title="Next full"
        value={nextIn === '' ? '–' : nextIn}
        note={nextIn === '' ? 'none growing' : next?.label}
      />
      <Figure
        title="Cost"
        value={costs.length === 0 ? '–' : dollarsShown(costs.reduce((sum, cost) => sum + cost, 0))}
        note="live sessions"
      />
      {fields.rateLimits.map(({ window, account = '', usedPercent }) => (
        <Figure
          key={`${window} ${account}`}
          title="Rate limit"
          value={percentShown(usedPercent)}
          note={`${window} ${account}`.trim()}
        />
      ))}
    </dl>
  );
}

function Figure({
  title,
  value,
  tone = '',
  note,
}: {
  title: string;
  value: string;
  tone?: string;
  note?: string | undefined;
}) {
  return (
    <div class={`figure ${tone}`}>
      <dt>{title}</dt>
      <dd>{value}</dd>
      {note !== undefined && (
        <dd class="note" title={note}>
          <bdi>{note}</bdi>
        </dd>
      )}
    </div>
  );
}

const mostAdvice = 5;

function Advice({ live: { fields, sessions } }: { live: LiveState }) {
  const urgent = needingAttention(sessions.values());
  const shown = new Set(urgent.map(({ id }) => id));
  // Leave out alerts for sessions in the list: the list already says more.
  const others = fields.alerts.filter(
    ({ sessionId, isSilenced }) => !isSilenced && !(sessionId !== undefined && shown.has(sessionId)),
  );
  const count = urgent.length + others.length;
  const room = mostAdvice - Math.min(mostAdvice, others.length, 2);
  return (
    <section aria-labelledby="advice-title" class="advice">
      <h2 id="advice-title">What to do</h2>
      {count === 0 && (
        <p class="calm">
          <span aria-hidden="true">✓ </span>Nothing: every session has room.
        </p>
      )}
      <ol>
        {urgent.slice(0, room).map((row) => (
          <li key={row.id} class={row.severity}>
            <StateMark severity={row.severity} isShort />
            <p>
              <a href={sessionAddress(row.id)}>
                <bdi>{row.label}</bdi>
              </a>{' '}
              <span>{standingText(row)}.</span> <span class="quiet">{stepText(row)}</span>
            </p>
            <CopyResume id={row.id} />
            <SilenceButton id={row.id} silences={fields.silences} />
          </li>
        ))}
        {others.slice(0, 2).map(({ key, severity, text }) => (
          <li key={key} class={severity}>
            <StateMark severity={severity} isShort />
            <p>{text}</p>
            <a href="#/alerts">Alerts</a>
          </li>
        ))}
      </ol>
      {count > mostAdvice && (
        <p class="quiet">
          and {count - Math.min(room, urgent.length) - Math.min(2, others.length)} more, in the table below.
        </p>
      )}
    </section>
  );
}

function Fullest({ live: { fields, sessions } }: { live: LiveState }) {
  const { fullest, thresholds } = fields;
  const { times, lines } = useMemo(() => {
    const all = [...new Set(fullest.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
      (a, b) => a - b,
    );
    const drawn = fullest.flatMap(({ id, points }) => {
      const row = sessions.get(id);
      if (row === undefined) return [];
      const values = new Map(points);
      return [
        {
          label: row.label,
          tone: row.severity,
          isNamed: true,
          isValued: true,
          values: all.map((at) => values.get(at) ?? null),
        },
      ];
    });
    return { times: all, lines: drawn };
  }, [fullest, sessions]);
  if (lines.length === 0) return null;
  return (
    <section aria-labelledby="fullest-title">
      <Chart
        heading={
          <h2 id="fullest-title">
            The {lines.length === 1 ? 'fullest' : `${lines.length} fullest`} over the last hour
          </h2>
        }
        description={`Usage in percent over the last hour: ${lines.map(({ label }) => label).join(', ')}`}
        times={times}
        lines={lines}
        limits={limitsOf(thresholds)}
        height={280}
        most={100}
        shown={(value) => `${Math.round(value)}%`}
      />
    </section>
  );
}

function limitsOf({ warning, critical }: LiveState['fields']['thresholds']) {
  return [
    { label: `⚠ ${warning.percent}%`, tone: 'warning' as const, value: warning.percent },
    { label: `✗ ${critical.percent}%`, tone: 'critical' as const, value: critical.percent },
  ];
}

function Empty({ live: { fields, hasFigures } }: { live: LiveState }) {
  if (!hasFigures) return <h1 class="quiet">Connecting …</h1>;
  const { newestSampleSeconds } = fields;
  if (newestSampleSeconds === undefined || fields.blindness !== undefined) {
    return <h1 class="unseen">No figures</h1>;
  }
  if (fields.waiting.length > 0) {
    return (
      <section class="empty" aria-labelledby="empty-title">
        <h1 id="empty-title">Sessions</h1>
        <Waiting labels={fields.waiting} />
      </section>
    );
  }
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h1 id="empty-title">No live sessions</h1>
      <p>The stack is up and waiting for the first report. Run one of these next, in the ctxd folder:</p>
      <dl>
        <dt>
          <code>npm run connect</code>
        </dt>
        <dd>shows your own Claude Code sessions here, starting with their next prompt</dd>
        <dt>
          <code>npm run demo</code>
        </dt>
        <dd>simulates sessions that fill up, save checkpoints and end</dd>
        <dt>
          <code>npm run doctor</code>
        </dt>
        <dd>finds out why a running session does not appear</dd>
      </dl>
      <p class="quiet">
        Earlier sessions are under <a href="#/past">Past</a>. A session disappears an hour after its last
        activity.
      </p>
    </section>
  );
}
