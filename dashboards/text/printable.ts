/**
 * Removes control, format and bidirectional characters and lone surrogates. Names come from outside, and such characters
 * could move the cursor or reverse the line.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '');
}
