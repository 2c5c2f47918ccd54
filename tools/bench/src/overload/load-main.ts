/** The load process of the overload bench: offers one job after the other, and reports. It ends when the bench does. */
import { type OverloadJob } from './messages';
import { offerLoad } from './offer-load';

process.on('message', (job: OverloadJob) => {
  void offerLoad(job).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
