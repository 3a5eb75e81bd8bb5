export { type Spell, spellsOf } from '../text/spells.ts';
