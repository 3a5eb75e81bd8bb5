import { expect, test } from 'vitest';
import { waitingSessions } from './waiting-sessions.ts';

const info = (session_id: string, source: string, more = {}) => ({
  labels: { session_id, source, session_name: '', project: 'shop', model: '', host: 'box', ...more },
  value: 1,
});

test('a session waits while only its process reports it and it has no figure', () => {
  const samples = [
    info('new', 'process', { session_name: 'fix \u001B[2Jlogin' }),
    info('measured', 'process'),
    info('measured', 'otlp'),
    info('ended', 'statusline'),
  ];
  expect(waitingSessions(samples, new Set(['measured']))).toEqual([
    { id: 'new', name: 'fix [2Jlogin', project: 'shop', host: 'box' },
  ]);
});
