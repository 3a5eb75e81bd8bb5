import { expect, test } from 'vitest';
import { blindnessOf, type Chain, healthSentence, readParts, watchedParts } from './chain.ts';

const part = (name: string, isUp = true) => ({ name, does: '', isUp });
const chain = (more: Partial<Chain> = {}): Chain => ({
  newestSampleSeconds: 100,
  parts: [part('Receiver'), part('Collector'), part('VictoriaMetrics'), part('Alertmanager')],
  ...more,
});

test.each([
  ['all is well', chain(), 105, undefined],
  [
    'the store is away',
    chain({ parts: [part('VictoriaMetrics', false)] }),
    105,
    'VictoriaMetrics does not answer, so no figures arrive.',
  ],
  [
    'the store refuses',
    chain({ problem: 'it answers 500' }),
    105,
    'The figures cannot be read: it answers 500',
  ],
  ['nothing ever came', chain({ newestSampleSeconds: undefined }), 105, 'No figures have arrived yet.'],
  ['nothing new comes', chain(), 190, 'No new figures have arrived for 1m.'],
  ['only alerts are away', chain({ parts: [part('Alertmanager', false)] }), 105, undefined],
] as const)('says why the figures cannot be believed when %s', (_, state, nowSeconds, sentence) => {
  expect(blindnessOf(state, nowSeconds)?.sentence).toBe(sentence);
});

test('says in one sentence how the whole chain is', () => {
  expect(healthSentence(chain(), undefined)).toBe('The whole chain works.');
  const away = chain({ parts: [part('vmalert', false), part('Alertmanager', false)] });
  expect(healthSentence(away, undefined)).toBe(
    'Figures arrive, but vmalert and Alertmanager do not answer: alerts may not reach you.',
  );
  expect(healthSentence(away, { sentence: 'Blind.', remedy: '' })).toBe('Blind.');
});

test('watches the parts that the stack has, and finds those that are away', async () => {
  const server = { url: 'http://127.0.0.1:9' };
  const watched = watchedParts({ store: server, receiver: server, vmalertUrl: server.url });
  expect(await readParts(watched)).toMatchObject([
    { name: 'Receiver', isUp: true },
    { name: 'VictoriaMetrics', isUp: false },
    { name: 'vmalert', isUp: false },
  ]);
});
