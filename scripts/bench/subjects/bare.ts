import type { Subject } from './subject.ts';

/** Koa alone, the baseline of every comparison. */
export function bare(): Subject {
  return {
    update: () => {},
    install: (app, nextTokens) => {
      app.use((ctx) => {
        nextTokens();
        ctx.status = 204;
      });
    },
  };
}
