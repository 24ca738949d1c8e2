import { CaregiverPage } from '../features/visit/caregiver-page.js';
import { Redirect } from '../parts/redirect.js';
import { HOME } from './areas.js';
import { useMe } from './use-me.js';

/** The first page of each role. */
export function HomePage() {
  const me = useMe().data;
  if (!me) return null;
  if (me.role === 'caregiver') return <CaregiverPage name={me.name} />;
  return <Redirect to={HOME[me.role]} />;
}
