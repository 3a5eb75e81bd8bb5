import { expect, test } from 'vitest';
import { blindnessOf, type Chain, healthSentence, readParts, watchedParts } from './chain.ts';

const part = (name: string, isUp = true) => ({ name, does: '', isUp });
const chain = (more: Partial<Chain> = {}): Chain => ({
  newestSampleSeconds: 100,
  parts: [part('Receiver'), part('Collector'), part('VictoriaMetrics'), part('Alertmanager')],
  ...more,
});

test.each([
  ['everything works', chain(), 105, undefined],
  [
    'the store is down',
    chain({ parts: [part('VictoriaMetrics', false)] }),
    105,
    'VictoriaMetrics does not answer, so no figures arrive.',
  ],
  [
    'the store returns an error',
    chain({ problem: 'it answers 500' }),
    105,
    'The figures cannot be read: it answers 500',
  ],
  ['nothing has arrived yet', chain({ newestSampleSeconds: undefined }), 105, 'No figures have arrived yet.'],
  ['nothing new arrives', chain(), 190, 'No new figures have arrived for 1m.'],
  ['only Alertmanager is down', chain({ parts: [part('Alertmanager', false)] }), 105, undefined],
] as const)('says whether the figures can be trusted when %s', (_, state, nowSeconds, sentence) => {
  expect(blindnessOf(state, nowSeconds)?.sentence).toBe(sentence);
});

test('sums up the health of the stack in one sentence', () => {
  expect(healthSentence(chain(), undefined)).toBe('Everything works.');
  const down = chain({ parts: [part('vmalert', false), part('Alertmanager', false)] });
  expect(healthSentence(down, undefined)).toBe(
    'Figures arrive, but vmalert and Alertmanager do not answer: alerts may not reach you.',
  );
  expect(healthSentence(down, { sentence: 'Blind.', remedy: '' })).toBe('Blind.');
});

test('watches the parts in use and finds those that are down', async () => {
  const server = { url: 'http://127.0.0.1:9' };
  const watched = watchedParts({ store: server, receiver: server, vmalertUrl: server.url });
  expect(await readParts(watched)).toMatchObject([
    { name: 'Receiver', isUp: true },
    { name: 'VictoriaMetrics', isUp: false },
    { name: 'vmalert', isUp: false },
  ]);
});
