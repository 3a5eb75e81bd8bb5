/** Most arrays and objects inside one another. The collector takes as many, and one refused event costs its batch. */
const mostNesting = 10_000;
/** Most arrays and objects in one text; 16 MiB of events have up to 700,000. */
const mostContainers = 1_000_000;
/** Most commas in one object, which limits its fields. */
const mostFields = 10_000;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openArray, openObject, closeArray, closeObject] = [0x5b, 0x7b, 0x5d, 0x7d];

/**
 * Parses JSON from outside in time that grows with its length only: deep nesting, millions of empty lists or of fields
 * in one object make `JSON.parse` take seconds, so they are found first.
 *
 * @throws SyntaxError if it is not JSON or goes beyond these limits; the message never quotes the text
 */
export function parseBoundedJson(bytes: Uint8Array): unknown {
  if (exceedsLimits(bytes)) throw new SyntaxError('Expected JSON of less nesting and fewer values');
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw new SyntaxError('Expected JSON');
  }
}

/** Counts brackets and commas outside of strings. */
function exceedsLimits(bytes: Uint8Array): boolean {
  /** Commas so far in each open array (always 0) and object. */
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
