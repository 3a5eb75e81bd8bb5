var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// scripts/ctxd/glance.ts
var glance_exports = {};
__export(glance_exports, {
  glance: () => glance,
  glances: () => glances,
  segmentOf: () => segmentOf,
  sessionIn: () => sessionIn,
  sessionsNow: () => sessionsNow,
  statusLineOf: () => statusLineOf
});
module.exports = __toCommonJS(glance_exports);
var import_node_fs2 = require("node:fs");
var import_node_path4 = require("node:path");
var import_node_util2 = require("node:util");

// instrumentation/src/thresholds.ts
function thresholdsFrom(env) {
  const warning = percentIn(env, "CTXD_WARNING_PERCENT", 70);
  const critical = percentIn(env, "CTXD_CRITICAL_PERCENT", 90);
  if (warning >= critical) {
    throw new RangeError(
      `Expected CTXD_WARNING_PERCENT to be below CTXD_CRITICAL_PERCENT, got \`${warning}\` and \`${critical}\``
    );
  }
  return {
    warning: { severity: "warning", percent: warning },
    critical: { severity: "critical", percent: critical }
  };
}
var defaultThresholds = thresholdsFrom({});
function percentIn(env, variable, fallback) {
  const text2 = env[variable];
  if (text2 === void 0 || text2 === "") return fallback;
  const percent = Number(text2);
  if (percent > 0 && percent <= 100) return percent;
  throw new RangeError(`Expected ${variable} to be a percentage above 0 and up to 100, got \`${text2}\``);
}

// instrumentation/src/metrics.ts
var labels = ["session_id"];
var sessionMetrics = {
  contextTokens: {
    name: "contextd_session_context_tokens",
    kind: "gauge",
    unit: "{token}",
    description: "Tokens in the context window of the session now",
    labels
  },
  contextUsagePercent: {
    name: "contextd_session_context_usage_percent",
    kind: "gauge",
    unit: "%",
    description: "Share of its context window that the session uses now, 0 to 100, or more when over-full",
    labels
  },
  threshold70: {
    name: "contextd_session_threshold_70_total",
    kind: "counter",
    unit: "{crossing}",
    description: "Crossings of the warning threshold, counted once until the next checkpoint",
    labels
  },
  threshold90: {
    name: "contextd_session_threshold_90_total",
    kind: "counter",
    unit: "{crossing}",
    description: "Crossings of the critical threshold, counted once until the next checkpoint",
    labels
  },
  checkpoints: {
    name: "contextd_session_checkpoint_total",
    kind: "counter",
    unit: "{checkpoint}",
    description: "Checkpoints recorded for the session",
    labels
  },
  tokensSaved: {
    name: "contextd_session_tokens_saved_total",
    kind: "counter",
    unit: "{token}",
    description: "Total tokens saved by the checkpoints of the session",
    labels
  },
  duration: {
    name: "contextd_session_duration_seconds",
    kind: "gauge",
    unit: "s",
    description: "Time since the session was first seen",
    labels
  },
  windowTokens: {
    name: "contextd_session_window_tokens",
    kind: "gauge",
    unit: "{token}",
    description: "Size of the context window of the session",
    labels
  },
  peakTokens: {
    name: "contextd_session_peak_tokens",
    kind: "gauge",
    unit: "{token}",
    description: "Most tokens in the context window of the session within the last minute",
    labels
  },
  lastActivity: {
    name: "contextd_session_last_activity_timestamp_seconds",
    kind: "gauge",
    unit: "s",
    description: "Unix time of the last activity of the session",
    labels
  }
};
var sparseMetrics = {
  highUsage: {
    name: "contextd_session_high_usage_percent",
    kind: "gauge",
    unit: "%",
    description: "Share of its context window that the session uses now; only at or above the warning threshold, and for 2 minutes after",
    labels
  }
};
var receiverMetrics = {
  sessionInfo: {
    name: "contextd_session_info",
    kind: "gauge",
    unit: "",
    description: "Always 1: its labels have the name of the session and the source of its figures",
    labels: ["session_id", "session_name", "model", "project", "host", "source", "window_source"]
  },
  compactionThreshold: {
    name: "contextd_session_compaction_threshold_tokens",
    kind: "gauge",
    unit: "{token}",
    description: "Tokens in the context window at which the session is compacted automatically",
    labels
  },
  compactionUsage: {
    name: "contextd_session_compaction_usage_percent",
    kind: "gauge",
    unit: "%",
    description: "Share of the tokens at which the session is compacted that it uses now; only from CTXD_ALERT_COMPACTION_PERCENT on",
    labels
  },
  sessionCost: {
    name: "contextd_session_cost_usd",
    kind: "gauge",
    unit: "{USD}",
    description: "Cost of the session so far, in US dollars, with the account that pays for it if it is known",
    labels: ["session_id", "account"]
  },
  subagentContextTokens: {
    name: "contextd_subagent_context_tokens",
    kind: "gauge",
    unit: "{token}",
    description: "Tokens in the context window of a subagent, not included in its session’s",
    labels: ["session_id", "agent"]
  },
  subagentWindowTokens: {
    name: "contextd_subagent_window_tokens",
    kind: "gauge",
    unit: "{token}",
    description: "Size of the context window of a subagent, if a `subagentStatusLine` states it",
    labels: ["session_id", "agent"]
  },
  lastCompaction: {
    name: "contextd_session_last_compaction_timestamp_seconds",
    kind: "gauge",
    unit: "s",
    description: "Unix time of the newest compaction of the session, by what triggered it",
    labels: ["session_id", "trigger"]
  },
  rateLimitUsed: {
    name: "contextd_rate_limit_used_percent",
    kind: "gauge",
    unit: "%",
    description: "Share of the account’s rate limit that is used, 0 to 100",
    labels: ["window", "account"]
  },
  ignored: {
    name: "contextd_receiver_ignored_total",
    kind: "counter",
    unit: "{item}",
    description: "Items in reports that the receiver ignored, by source and reason",
    labels: ["source", "reason"]
  }
};
var processMetrics = {
  activeSessions: {
    name: "contextd_active_sessions_total",
    kind: "gauge",
    unit: "{session}",
    description: "Sessions that are live now",
    labels: []
  },
  sessionIdsRefused: {
    name: "contextd_session_ids_refused_total",
    kind: "counter",
    unit: "{id}",
    description: "Session ids that were treated as absent, by reason",
    labels: ["reason"]
  },
  usageRefused: {
    name: "contextd_usage_refused_total",
    kind: "counter",
    unit: "{report}",
    description: "Usage reports and checkpoints that were refused and changed nothing, by reason",
    labels: ["reason"]
  },
  sessionsEvicted: {
    name: "contextd_sessions_evicted_total",
    kind: "counter",
    unit: "{session}",
    description: "Sessions dropped, least recently active first, because the cap on sessions was reached",
    labels: []
  },
  exportsFailed: {
    name: "contextd_exports_failed_total",
    kind: "counter",
    unit: "{export}",
    description: "Failed exports, by reason; too_slow ended before it had everything",
    labels: ["reason"]
  },
  httpRequestDuration: {
    name: "http.server.request.duration",
    kind: "histogram",
    unit: "s",
    description: "Duration of HTTP server requests",
    labels: ["http.request.method", "http.response.status_code", "http.route", "url.scheme", "error.type"]
  }
};
var httpRequestDurationPrefix = "http_server_request_duration_seconds";
var embeddingMetrics = {
  inputTokens: {
    name: "gen_ai.client.embeddings.operation.input_tokens",
    kind: "histogram",
    unit: "{token}",
    description: "Tokens of one embedding operation",
    labels: ["gen_ai.operation.name", "gen_ai.request.model"]
  },
  cost: {
    name: "contextd_embedding_cost_usd_total",
    kind: "counter",
    unit: "{USD}",
    description: "Cost of embedding operations in US dollars, for models with a known price",
    labels: ["gen_ai.request.model"]
  }
};
var embeddingTokensPrefix = "gen_ai_client_embeddings_operation_input_tokens";

// dashboards/queries/names.ts
var metric = {
  usage: sessionMetrics.contextUsagePercent.name,
  tokens: sessionMetrics.contextTokens.name,
  peakTokens: sessionMetrics.peakTokens.name,
  window: sessionMetrics.windowTokens.name,
  checkpoints: sessionMetrics.checkpoints.name,
  saved: sessionMetrics.tokensSaved.name,
  duration: sessionMetrics.duration.name,
  lastActivity: sessionMetrics.lastActivity.name,
  crossings: { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name },
  info: receiverMetrics.sessionInfo.name,
  highUsage: sparseMetrics.highUsage.name,
  compactionUsage: receiverMetrics.compactionUsage.name,
  compaction: receiverMetrics.compactionThreshold.name,
  cost: receiverMetrics.sessionCost.name,
  subagentTokens: receiverMetrics.subagentContextTokens.name,
  lastCompaction: receiverMetrics.lastCompaction.name,
  rateLimit: receiverMetrics.rateLimitUsed.name,
  ignored: receiverMetrics.ignored.name,
  activeSessions: processMetrics.activeSessions.name,
  sessionsEvicted: processMetrics.sessionsEvicted.name,
  exportsFailed: processMetrics.exportsFailed.name,
  requestDuration: httpRequestDurationPrefix,
  embeddingTokens: embeddingTokensPrefix,
  embeddingCost: embeddingMetrics.cost.name,
  /** vmalert's own count of alerts that it could not send to Alertmanager. */
  sendErrors: "vmalert_alerts_send_errors_total"
};

// dashboards/queries/expressions.ts
var { usage, tokens, info } = metric;
function live(name, by = "session_id") {
  return `max by (${by}) (${unlessSilent(name)})`;
}
function unlessSilent(name) {
  return `default_rollup(${name}[30s])`;
}
var gained = (name) => `ascent_over_time(${name}[5m])`;
function secondsToFullOf(selector) {
  const percent = `${usage}${selector}`;
  const pace = `max by (session_id) ((${gained(percent)} / 300 > 0) and changes(${percent}[5m]) >= 4)`;
  return `clamp_min(100 - max by (session_id) (${percent}), 0) / ${pace}`;
}
var highest = `max by (session_id) (max_over_time(${usage}[$__range]))`;
var liveFirst = `topk(500, (1000 + ${highest} and on (session_id) ${live(usage)}) or on (session_id) ${highest})`;

// dashboards/text/quantity.ts
function durationShown(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

// dashboards/text/severity.ts
function severityOf(usagePercent, { warning, critical }) {
  if (usagePercent >= critical.percent) return "critical";
  return usagePercent >= warning.percent ? "warning" : "ok";
}
var marks = { ok: "✓", warning: "⚠", critical: "✗" };

// dashboards/text/advice.ts
var farthestSeconds = 6 * 3600;
function fullText(secondsToFull) {
  const text2 = toFullText(secondsToFull);
  return text2 === "" || text2 === "full" ? text2 : `full in ${text2}`;
}
function toFullText(secondsToFull) {
  if (secondsToFull === void 0 || secondsToFull > farthestSeconds) return "";
  return secondsToFull < 1 ? "full" : durationShown(secondsToFull);
}

// dashboards/text/printable.ts
function printable(text2) {
  return text2.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, "");
}

// dashboards/text/session-label.ts
function sessionLabels(sessions, before = /* @__PURE__ */ new Map()) {
  const known = new Map(sessions.map((session) => [session.id, baseOf(session)]));
  for (const [id, label] of before) if (!known.has(id)) known.set(id, withoutSuffix(label, id));
  const sharing = Map.groupBy(known, ([, base]) => base);
  return new Map(
    sessions.map((session) => {
      const base = baseOf(session);
      const others = (sharing.get(base) ?? []).map(([id]) => id).filter((id) => id !== session.id);
      return [session.id, others.length === 0 ? base : `${base} (${beginningOf(session.id, others)})`];
    })
  );
}
function shortId(id) {
  return /^[0-9a-f]{8}(?=(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)/.exec(id)?.[0] ?? id.slice(0, 24);
}
function baseOf({ id, name, project }) {
  return name || project || shortId(id);
}
function withoutSuffix(label, id) {
  const suffix = / \(([^()]+)\)$/.exec(label);
  return suffix?.[1] !== void 0 && id.startsWith(suffix[1]) ? label.slice(0, suffix.index) : label;
}
function beginningOf(id, others) {
  let length = 4;
  while (length < id.length && others.some((other) => other.startsWith(id.slice(0, length)))) length += 4;
  return id.slice(0, length);
}

// instrumentation/src/state-dir.ts
var import_node_os = require("node:os");
var import_node_path = require("node:path");
function stateDirIn(environment, platform = process.platform) {
  const ownFolder = platform === "darwin" ? "Library/Application Support" : ".local/state";
  const states = environment["XDG_STATE_HOME"] || (0, import_node_path.join)(environment["HOME"] || (0, import_node_os.homedir)(), ownFolder);
  return environment["CTXD_STATE_DIR"] || (0, import_node_path.join)(states, "ctxd");
}

// scripts/reach/settings-file.ts
var import_node_path3 = require("node:path");
var import_node_util = require("node:util");

// instrumentation/src/regular-file.ts
var import_node_fs = require("node:fs");
var settingBytes = 1024 * 1024;
var wholeFileBytes = 64 * settingBytes;
var flags = import_node_fs.constants.O_RDONLY | (import_node_fs.constants.O_NONBLOCK ?? 0) | (import_node_fs.constants.O_NOCTTY ?? 0);
function readRegularFileSync(path, mostBytes = settingBytes) {
  expectRegular(path, (0, import_node_fs.statSync)(path));
  const file = (0, import_node_fs.openSync)(path, flags);
  try {
    expectRegular(path, (0, import_node_fs.fstatSync)(file));
    const buffer = Buffer.alloc(mostBytes + 1);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes <= mostBytes; bytes += read) {
      read = (0, import_node_fs.readSync)(file, buffer, bytes, buffer.length - bytes, null);
    }
    if (bytes > mostBytes) throw tooLarge(path, mostBytes);
    return buffer.toString("utf8", 0, bytes);
  } finally {
    (0, import_node_fs.closeSync)(file);
  }
}
function expectRegular(path, stats) {
  if (stats.isFile()) return;
  throw fileError(path, stats.isDirectory() ? "EISDIR" : "ENOTSUP", `${kindOf(stats)}, not a regular file`);
}
function kindOf(stats) {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a FIFO";
  return stats.isSocket() ? "a socket" : "a device";
}
function tooLarge(path, mostBytes) {
  return fileError(path, "EFBIG", `larger than ${mostBytes} bytes`);
}
function fileError(path, code, reason) {
  const error = new Error(`${code}: ${reason}, open '${path.slice(0, 256)}'`);
  return Object.assign(error, { code, path, syscall: "open" });
}

// compose/system/folders.ts
var import_node_os2 = require("node:os");
var import_node_path2 = require("node:path");
var isPackage = __filename.endsWith(".mjs");
var programFolder = (0, import_node_path2.resolve)(__dirname, "../..");
var ctxdScript = (0, import_node_path2.join)(programFolder, isPackage ? ".." : ".", "scripts/ctxd.cjs");
var npxFolder = /^(.*\/_npx\/[^/]+)\//.exec(ctxdScript)?.[1];
function configDirFrom(env) {
  return (0, import_node_path2.join)(env["XDG_CONFIG_HOME"] || (0, import_node_path2.join)(homeIn(env), ".config"), "ctxd");
}
var homeIn = (env) => env["HOME"] || (0, import_node_os2.homedir)();

// compose/system/stack-error.ts
var exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  portTaken: 3,
  noRuntime: 4,
  notHealthy: 5,
  locked: 6,
  interrupted: 130
};
var codeNames = /* @__PURE__ */ new Map([
  [exitCodes.usage, "usage"],
  [exitCodes.portTaken, "port-taken"],
  [exitCodes.noRuntime, "no-runtime"],
  [exitCodes.notHealthy, "not-healthy"],
  [exitCodes.locked, "locked"],
  [exitCodes.interrupted, "interrupted"]
]);
var StackError = class extends Error {
  exitCode;
  sentence;
  remedy;
  constructor(sentence, { remedy, exitCode = exitCodes.failure, cause } = {}) {
    super(remedy === void 0 ? sentence : `${sentence}
${remedy}`, { cause });
    this.name = "StackError";
    this.exitCode = exitCode;
    this.sentence = sentence;
    this.remedy = remedy;
  }
};
function messageOf(error) {
  return error instanceof Error ? error.message.replace(/ To specify a positional argument .*/, "") : String(error);
}

// scripts/reach/settings-file.ts
function readSettingsFiles(env) {
  const own = (0, import_node_path3.join)(configDirFrom(env), "ctxd.env");
  const files = [{ name: own, path: own }];
  if (!isPackage) files.unshift({ name: "ctxd.env", path: (0, import_node_path3.join)(__dirname, "../../ctxd.env") });
  return files.flatMap(({ name, path }) => {
    const text2 = textIn(path);
    return text2 === void 0 ? [] : [{ name, text: text2 }];
  });
}
function textIn(path) {
  try {
    return readRegularFileSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String(error.code))) return void 0;
    throw new StackError(`The settings cannot be read: ${messageOf(error)}.`, {
      remedy: `Move ${path} away, or write it anew.`,
      exitCode: exitCodes.usage
    });
  }
}
function addSettings(env, files) {
  for (const { text: text2 } of files)
    for (const [name, value] of Object.entries((0, import_node_util.parseEnv)(text2))) env[name] ??= value;
}

// scripts/ctxd/glance.ts
var http = process.getBuiltinModule("node:http");
var glances = {
  segment: "Prints one short line about all sessions, for tmux, starship and shell prompts",
  statusline: "Prints a status line for Claude Code, from its JSON on standard input"
};
var usage2 = `Usage: ctxd segment [--format <text>]
       ctxd statusline

  segment     Prints how many of the live sessions are at a threshold: \`2⚠ 1✗ of 6\`. Nothing if the stack is down.
    --format <text>  With {warning}, {critical}, {sessions}, and of the fullest session {label} and {percent}.
  statusline  Reads the JSON of Claude Code's status line, and prints \`shop ▓▓▓▓░ 75 % · full in 12m · 2 others ⚠\`.

Both always exit with 0, and wait 150 ms at most for the stack.

Examples:
  tmux:      set -g status-right '#(ctxd segment)'
  starship:  [custom.ctxd] command = "ctxd segment", when = true
  zsh:       RPROMPT='$(ctxd segment)'`;
async function glance(name, args) {
  const env = process.env;
  process.stdout.on("error", () => process.exit());
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage2);
    return;
  }
  try {
    addSettings(env, readSettingsFiles(env));
    const line = name === "segment" ? await segment(args, env) : await statusLine(await input(), env);
    if (line !== "") console.log(line);
  } catch {
  }
}
async function segment(args, env) {
  const { values } = (0, import_node_util2.parseArgs)({ args: [...args], options: { format: { type: "string" } }, strict: false });
  const sessions = await liveSessions(env, stackIn(env));
  return sessions === void 0 ? "" : segmentOf(sessions, thresholdsOf(env), formatOf(values.format));
}
async function input() {
  let json = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    json += String(chunk);
    if (sessionIn(json) !== void 0) break;
  }
  return json;
}
var formatOf = (format) => typeof format === "string" ? format : void 0;
function segmentOf(sessions, thresholds, format) {
  const count = (severity) => sessions.filter(({ usagePercent }) => severityOf(usagePercent ?? 0, thresholds) === severity).length;
  const [warning, critical] = [count("warning"), count("critical")];
  const [fullest] = sessions.toSorted((a, b) => (b.usagePercent ?? 0) - (a.usagePercent ?? 0));
  if (format === void 0) {
    const full = [warning && `${warning}${marks.warning}`, critical && `${critical}${marks.critical}`];
    return [...full.filter(Boolean), full.some(Boolean) ? "of" : "", sessions.length].filter((word) => word !== "").join(" ");
  }
  const values = {
    warning,
    critical,
    sessions: sessions.length,
    label: fullest === void 0 ? "" : labelAmong(fullest, sessions),
    percent: Math.floor(fullest?.usagePercent ?? 0)
  };
  return printable(format.replaceAll(/\{(\w+)\}/g, (text2, name) => String(values[name] ?? text2)));
}
async function statusLine(json, env) {
  const own = sessionIn(json);
  if (own === void 0) return "";
  const stack = stackIn(env);
  const [sessions = [], secondsToFull] = await Promise.all([
    liveSessions(env, stack),
    secondsToFullFor(own.id, stack)
  ]);
  const others = sessions.filter(({ id }) => id !== own.id);
  return statusLineOf({ ...own, secondsToFull }, others, thresholdsOf(env));
}
function statusLineOf(own, others, thresholds) {
  const { usagePercent, secondsToFull } = own;
  const severities = others.map((other) => severityOf(other.usagePercent ?? 0, thresholds));
  const full = severities.filter((severity) => severity !== "ok").length;
  const mark = severities.includes("critical") ? marks.critical : marks.warning;
  const usageText = usagePercent === null ? "" : ` ${bar(usagePercent)} ${Math.floor(usagePercent)} %`;
  const about = full > 0 ? `${full} ${full === 1 ? "other" : "others"} ${mark}` : "";
  const parts = [`${labelAmong(own, [own, ...others])}${usageText}`, fullText(secondsToFull), about];
  return printable(parts.filter((part) => part !== "").join(" · "));
}
function sessionIn(json) {
  const fields = objectIn(json);
  const window = record(fields["context_window"]);
  const size = Number(window["context_window_size"]);
  const usage3 = record(window["current_usage"]);
  const parts = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
  const tokens2 = parts.reduce((sum, part) => sum + (Number(usage3[part]) || 0), 0);
  const folder = text(record(fields["workspace"])["project_dir"]) || text(fields["cwd"]);
  const id = text(fields["session_id"]);
  if (id === "") return void 0;
  const usagePercent = tokens2 > 0 && size > 0 ? 100 * tokens2 / size : null;
  return { id, name: text(fields["session_name"]), project: (0, import_node_path4.basename)(folder), usagePercent };
}
function bar(percent) {
  const full = Math.min(5, Math.round(percent / 20));
  return "▓".repeat(full) + "░".repeat(5 - full);
}
function labelAmong(session, sessions) {
  const label = printable(sessionLabels(sessions).get(session.id) ?? "");
  return label.length <= mostLabel ? label : `${label.slice(0, mostLabel - 1)}…`;
}
var mostLabel = 40;
function thresholdsOf(env) {
  try {
    return thresholdsFrom(env);
  } catch {
    return thresholdsFrom({});
  }
}
async function sessionsNow(env) {
  return await liveSessions(env, stackIn(env)) ?? [];
}
function stackIn(env) {
  const stateDir = stateDirIn(env);
  const ports = record(objectIn(fileText((0, import_node_path4.join)(stateDir, "stack.json")))["ports"]);
  const portOf = (part, otherwise) => Number(record(ports[part])["main"] ?? (env[`CTXD_${part.toUpperCase()}_PORT`] || otherwise));
  return { stateDir, portOf };
}
async function liveSessions(env, { stateDir, portOf }) {
  const token = env["CTXD_RECEIVER_TOKEN"] || fileText((0, import_node_path4.join)(stateDir, "secrets/receiver-token")).trim();
  const authorization = token && `Bearer ${token}`;
  const { sessions } = await answerOf({
    port: portOf("receiver", 4319),
    path: "/v1/sessions",
    authorization
  });
  return Array.isArray(sessions) ? sessions : void 0;
}
async function secondsToFullFor(id, { stateDir, portOf }) {
  const password = fileText((0, import_node_path4.join)(stateDir, "secrets/victoriametrics-password")).trim();
  if (password === "") return void 0;
  const query = secondsToFullOf(`{session_id=${JSON.stringify(id)}}`);
  const { data } = await answerOf({
    port: portOf("victoriametrics", 8428),
    path: `/api/v1/query?query=${encodeURIComponent(query)}`,
    authorization: `Basic ${btoa(`ctxd:${password}`)}`
  });
  const [sample] = [record(data)["result"]].flat();
  return sample?.value === void 0 ? void 0 : Number(sample.value[1]);
}
var waitMillis = 150;
async function answerOf({
  port,
  path,
  authorization
}) {
  const headers = authorization === "" ? {} : { authorization };
  return await new Promise((resolve2) => {
    const give = () => resolve2({});
    const asked = http.request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => body += chunk);
      response.on("end", () => resolve2(objectIn(body))).on("error", give);
    });
    asked.on("error", give).end();
    setTimeout(() => asked.destroy(), waitMillis).unref();
  });
}
function fileText(path) {
  try {
    return (0, import_node_fs2.readFileSync)(path, "utf8");
  } catch {
    return "";
  }
}
function objectIn(json) {
  try {
    return record(JSON.parse(json));
  } catch {
    return {};
  }
}
var record = (value) => typeof value === "object" && value !== null ? value : {};
var text = (value) => typeof value === "string" ? value : "";
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  glance,
  glances,
  segmentOf,
  sessionIn,
  sessionsNow,
  statusLineOf
});
