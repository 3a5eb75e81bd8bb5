import { doctor } from './connect/doctor.ts';
import { terminal, told } from './connect/main.ts';

const surface = terminal();
process.exitCode = await told(surface, () => doctor(process.argv.slice(2), surface));
