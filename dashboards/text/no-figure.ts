/** How a live session is described that has made no request yet. */
export const noFigureYet = 'no figure yet';

const mostLabels = 5;

/** `no figure yet: shop, api`; with more than five labels `… and 2 more`. Empty without labels. */
export function noFigureText(labels: readonly string[]): string {
  if (labels.length === 0) return '';
  const others = labels.length - mostLabels;
  return `${noFigureYet}: ${labels.slice(0, mostLabels).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}
