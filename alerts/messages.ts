/**
 * The texts of notifications for people, as Alertmanager's templates. One notification is about everything that just started or
 * resolved: a session that was in an earlier one is not repeated.
 */

/** Seconds between two notifications about sessions: those that cross within seconds become one. */
export const groupSeconds = { wait: 3, interval: 10 };

/** New are the newest and what came with it. Templates do not know the time, so the newest stands for now. */
const isNew = (time: 'StartsAt' | 'EndsAt') =>
  `(lt ($newest.Sub .${time}).Seconds ${groupSeconds.interval + 2}.0)`;
const newerOf = (time: 'StartsAt' | 'EndsAt') =>
  `{{ if .${time}.After $newest }}{{ $newest = .${time} }}{{ end }}`;

/** A link that works on a phone, too. */
const isPublic = (link: string) =>
  `and (match "^https?://" ${link}) (not (match "^https?://(127\\\\.|localhost|\\\\[::1\\\\]|host\\\\.docker)" ${link}))`;
const runbook = '.Annotations.runbook_url';
const dashboard = '.Annotations.dashboard_url';

/** One alert: a session has one line, the most severe as it is sorted first. */
const collected = (title: 'title' | 'resolved', more = '') =>
  [
    '{{ $key := printf " %s " (or .Labels.session_id .Fingerprint) }}',
    '{{ if not (match $key $seen) }}{{ $seen = print $seen $key }}{{ $count = print $count "." }}',
    `{{ $line := or .Annotations.${title} .Annotations.summary }}{{ $lines = print $lines $line "\\n" }}`,
    '{{ $short := reReplaceAll " of context.*" "" $line }}',
    '{{ if eq (len $count) 1 }}{{ $first = $line }}{{ $shorts = $short }}',
    '{{ else if le (len $count) 3 }}{{ $shorts = print $shorts ", " $short }}{{ else }}{{ $rest = print $rest "." }}{{ end }}',
    `${more}{{ end }}`,
  ].join('');

const firing = [
  '{{ $firing = "y" }}{{ if eq .Labels.severity "critical" }}{{ $critical = "y" }}{{ end }}',
  '{{ $advice = or .Annotations.advice .Annotations.description }}',
  `{{ if ${isPublic(dashboard)} }}{{ $dashboard = ${dashboard} }}{{ end }}`,
  `{{ if ${isPublic(runbook)} }}{{ $runbook = ${runbook} }}{{ end }}`,
].join('');

/** Sets the variables that the texts below use. Prints nothing. */
const gather = [
  '{{ $seen := " " }}{{ $count := "" }}{{ $lines := "" }}{{ $first := "" }}{{ $shorts := "" }}{{ $rest := "" }}{{ $advice := "" }}',
  '{{ $firing := "" }}{{ $critical := "" }}{{ $dashboard := "" }}{{ $runbook := "" }}',
  '{{ $newest := (index .Alerts 0).StartsAt }}',
  `{{ range .Alerts.Firing }}${newerOf('StartsAt')}{{ end }}{{ range .Alerts.Resolved }}${newerOf('EndsAt')}{{ end }}`,
  `{{ range .Alerts.Firing }}{{ if ${isNew('StartsAt')} }}${collected('title', firing)}{{ end }}{{ end }}`,
  `{{ range .Alerts.Resolved }}{{ if ${isNew('EndsAt')} }}${collected('resolved')}{{ end }}{{ end }}`,
  '{{ $isOne := eq (len $count) 1 }}',
  '{{ $title := $first }}{{ if not $isOne }}{{ $title = $shorts }}{{ end }}{{ if $rest }}{{ $title = printf "%s and %d more" $title (len $rest) }}{{ end }}',
  '{{ $body := "" }}{{ if not $isOne }}{{ $body = $lines }}{{ else if $firing }}{{ $body = $advice }}{{ end }}',
].join('');

/** How a channel writes a link. */
type LinkStyle = (name: string, url: string) => string;

const plain: LinkStyle = (name, url) => `${name}: ${url}`;
const links = (style: LinkStyle) =>
  [
    ['$dashboard', 'Dashboard'],
    ['$runbook', 'What to do'],
  ]
    .map(
      ([variable, name]) => `{{ if and $isOne ${variable} }}\n${style(name!, `{{ ${variable} }}`)}{{ end }}`,
    )
    .join('');

/** The title: `✗ shop 92 % of context: 15k left, full in ~4 min`; of several, `✗ shop 92 %, ⚠ api 71 %, ⚠ docs 70 % and 2 more`. */
export const title = `${gather}{{ $title }}`;

/** What to do, or a line for each session if there are several; nothing when one session's alert resolves. */
export const text = (style = plain) => `${gather}{{ $body }}${links(style)}`;

/** The text for channels that show no empty one. */
export const textOrTitle = `${gather}{{ or $body $title }}${links(plain)}`;

/** Slack's names of the colours. */
export const color = `${gather}{{ if $critical }}danger{{ else if $firing }}warning{{ else }}good{{ end }}`;

const urlLinks = ['$dashboard', '$runbook']
  .map((link) => `{{ if and $isOne ${link} }}%0A{{ urlquery ${link} }}{{ end }}`)
  .join('');

/** The query of ntfy. Its priority 5 is the highest, 3 the default. */
export const ntfyQuery = [
  `${gather}priority={{ if $critical }}5{{ else if $firing }}4{{ else }}2{{ end }}`,
  'title={{ urlquery $title }}',
  `message={{ urlquery (or $body $title) }}${urlLinks}`,
].join('&');

/** The text for Telegram, which takes 4,096 characters, as part of a URL. */
export const telegramText = `${gather}{{ urlquery $title }}{{ if $body }}%0A{{ urlquery (printf "%.3500s" $body) }}{{ end }}${urlLinks}`;
