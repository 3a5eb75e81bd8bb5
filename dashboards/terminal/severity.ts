export { alertSeverity, marks, type Severity, severityOf } from '../text/severity.ts';
