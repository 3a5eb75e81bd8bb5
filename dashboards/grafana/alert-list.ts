import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

/** Grafana's list of alerts, for which the SDK has no builder. It reads them from vmalert through the data source. */
export class AlertListBuilder extends PanelBuilder {
  constructor() {
    super();
    this.type('alertlist').options({
      alertInstanceLabelFilter: '',
      alertName: 'ContextWindow',
      dashboardAlerts: false,
      datasource: '',
      folder: null,
      groupBy: [],
      groupMode: 'default',
      maxItems: 20,
      sortOrder: 1,
      stateFilter: {
        error: true,
        firing: true,
        noData: false,
        normal: false,
        pending: true,
        recovering: true,
      },
      viewMode: 'list',
    });
  }
}
