import { optionError, type OptionCheck } from './expectation.ts';
import { SessionRegistry } from './registry.ts';

/** Checks the option `registry`, which is required. */
export const requiredRegistry: OptionCheck = (option, value) => {
  if (value instanceof SessionRegistry) return;
  throw optionError(
    option,
    'a SessionRegistry',
    value,
    'Create one, `new SessionRegistry()`, and pass the same one to the middleware and to the telemetry.',
  );
};
