import type { Subject } from './subject.ts';

/** Nothing but Koa: what the others are compared with. */
export function bare(): Subject {
  return {
    update: () => {},
    install: (app, nextTokens) => {
      app.use((ctx) => {
        nextTokens();
        ctx.status = 204;
      });
    },
    flush: () => Promise.resolve(),
  };
}
