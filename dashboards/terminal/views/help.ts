import { keyHelp } from '../keys.ts';
import { type Line, line, toned } from '../line.ts';
import { fit } from '../../text/text.ts';

/** The list of keys. */
export function helpView(): Line[][] {
  return [keyHelp.map(([keys, meaning]) => line(toned('strong', fit(keys, 12)), meaning))];
}
