/** The deepest nesting. The collector accepts as much, and rejecting one event would lose its whole batch. */
const mostNesting = 10_000;
/** The most arrays and objects in one text; 16 MiB of events contain up to 700,000. */
const mostContainers = 1_000_000;
/** The most commas in one object, which limits its number of fields. */
const mostFields = 10_000;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openArray, openObject, closeArray, closeObject] = [0x5b, 0x7b, 0x5d, 0x7d];

/**
 * Parses untrusted JSON in time proportional to its length. Deep nesting, millions of empty arrays or millions of fields
 * in one object would make `JSON.parse` take seconds, so such input is rejected first.
 *
 * @throws SyntaxError if the text is not JSON or exceeds these limits; the message never quotes the text
 */
export function parseBoundedJson(bytes: Uint8Array): unknown {
  if (exceedsLimits(bytes)) throw new SyntaxError('Expected JSON with less nesting and fewer values');
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw new SyntaxError('Expected JSON');
  }
}

/** Counts brackets and commas outside of strings. */
function exceedsLimits(bytes: Uint8Array): boolean {
  /** The commas so far in each open object; always 0 for an array. */
  const commas: number[] = [];
  const isObject: boolean[] = [];
  let containers = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    switch (bytes[index]) {
      case quote:
        index = endOfString(bytes, index);
        break;
      case openArray:
      case openObject:
        if (++containers > mostContainers || commas.push(0) > mostNesting) return true;
        isObject.push(bytes[index] === openObject);
        break;
      case closeArray:
      case closeObject:
        commas.pop();
        isObject.pop();
        break;
      case comma: {
        const last = commas.length - 1;
        if (isObject[last] && ++commas[last]! > mostFields) return true;
      }
    }
  }
  return false;
}

function endOfString(bytes: Uint8Array, start: number): number {
  let index = start + 1;
  while (index < bytes.length && bytes[index] !== quote) index += bytes[index] === backslash ? 2 : 1;
  return index;
}
