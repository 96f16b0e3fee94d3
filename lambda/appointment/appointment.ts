import type { MutableAppointment } from './mutable-appointment.ts';

/** What the server owns of an appointment. */
export type ServerOwned = {
  id: string;
  organization_id: string;
  /** 1 at creation, one more with every change. */
  version: number;
  /** UTC, milliseconds. */
  updated_at: string;
  updating_user_id: string;
  deactivated: boolean;
};

/** An appointment as the contract answers it. */
export type Appointment = Readonly<MutableAppointment & ServerOwned>;

const serverOwnedNames: Readonly<Record<keyof ServerOwned, true>> = {
  id: true,
  organization_id: true,
  version: true,
  updated_at: true,
  updating_user_id: true,
  deactivated: true,
};

/** The names of what the server owns. */
export const serverOwned: ReadonlySet<string> = new Set(Object.keys(serverOwnedNames));
