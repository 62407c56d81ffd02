import type { NoIdReason, PersonInput, Sex } from "../../generated/hub";
import { textsOf } from "./parts";

/** Someone who is not on the list yet, as they are being written. An empty choice is none. */
export interface PersonForm {
  name: string;
  residentId: string;
  noIdReason: NoIdReason | "";
  sex: Sex | "";
  birthDate: string;
  /** Code of the village. */
  village: string;
  address: string;
  phone: string;
}

export function blankPerson(): PersonForm {
  return { name: "", residentId: "", noIdReason: "", sex: "", birthDate: "", village: "", address: "", phone: "" };
}

/** How the person is named. With a resident ID there is no reason for none, and it tells the rest. */
export function personOf(form: PersonForm): PersonInput {
  const { noIdReason, sex, residentId } = form;
  const named = textsOf(form, ["name", "residentId", "village", "address", "phone"]);
  if (residentId.trim()) return named;
  return { ...named, ...textsOf(form, ["birthDate"]), ...(noIdReason && { noIdReason }), ...(sex && { sex }) };
}
