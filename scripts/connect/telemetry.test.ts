import { describe, expect, test } from 'vitest';
import { conflictsWith, headersHelper, helperConflict, telemetryVariables } from './telemetry.ts';

const collectorUrl = 'http://127.0.0.1:4318';
const conflicts = (...places: [where: string, variables: object | undefined][]) =>
  conflictsWith(
    collectorUrl,
    places.map(([where, variables]) => ({ where, variables: variables && { ...variables } })),
  );

describe('telemetry that is already set up', () => {
  test('is no conflict if it is absent or ours', () => {
    expect(conflicts(['your shell', {}], ['settings.json', undefined])).toEqual([]);
    expect(conflicts(['settings.json', telemetryVariables(collectorUrl)])).toEqual([]);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://otel.example.com'],
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'https://siem.example.com/v1/logs'],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http://127.0.0.1:4319/v1/metrics'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_LOGS_EXPORTER', 'console'],
    ['OTEL_METRICS_EXPORTER', 'prometheus'],
    ['CLAUDE_CODE_ENABLE_TELEMETRY', '0'],
  ])('conflicts with ours for %s=%s', (name, value) => {
    expect(conflicts(['settings.json', { [name]: value }])).toEqual([
      { name, value, where: 'settings.json' },
    ]);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4318/'],
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'http://127.0.0.1:4318/v1/logs'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf'],
    ['OTEL_METRICS_EXPORTER', 'prometheus, otlp'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', ''],
    ['OTEL_LOGS_EXPORT_INTERVAL', '5000'],
    ['CLAUDE_CODE_ENABLE_TELEMETRY', 1],
  ])('does not conflict with ours for %s=%s', (name, value) => {
    expect(conflicts(['settings.json', { [name]: value }])).toEqual([]);
  });

  test('is judged by the place with the highest precedence', () => {
    const elsewhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' };
    const here = { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl };
    expect(conflicts(['your shell', elsewhere], ['settings.json', here])).toEqual([]);
    expect(conflicts(['your shell', here], ['settings.json', elsewhere])).toHaveLength(1);
  });

  test('conflicts through another headers command only if the collector requires a token', () => {
    const settings = (otelHeadersHelper: string) => [
      { path: 'user.json', settings: { otelHeadersHelper } },
      { path: 'local.json', settings: {} },
    ];
    expect(helperConflict(undefined, settings('theirs'))).toEqual([]);
    expect(helperConflict('/token', settings(''))).toEqual([]);
    expect(helperConflict('/token', settings(headersHelper('/token of before')))).toEqual([]);
    expect(helperConflict('/token', settings('theirs'))).toEqual([
      { name: 'otelHeadersHelper', value: 'theirs', where: 'user.json' },
    ]);
  });
});
