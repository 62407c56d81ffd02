import type { Key } from "./zh";

export const en: Record<Key, string> = {
  "saved.noneHint": "Give what is in the editor a name and save it, to open it again at once.",
  "saved.variables": "The variables are no JSON object, so nothing was saved. Mend them in their editor and save again.",
  "saved.manage": "Manage",
  "saved.manageHint": "Share it, export it by the clock, rename or remove it, on the desk",
  "saved.link": "Shared link",
  "saved.linkHint": "Paste the link that you were given, to open it in the editor.",
  "saved.open": "Open",
  "saved.noLink": "There is no id of a question in the link. Please see whether it was pasted whole.",
  "price.told": "Asked like this it costs {price} of at most {limit}",
  "price.refused": "It cannot be asked like this: {message}",
  "error.offline": "The hub was not reached, so nothing was done. Look at the network and try again.",
  "error.busy": "The hub is busy, so nothing was done. Try again in a while.",
  "error.signin": "You are not signed in. Use an access token above, or sign in on the desk and load this page anew.",
  "error.refused": "The hub did not take it: {message}",
  "error.fault": "Something went wrong in the hub, and was noted. Try again in a while; if it stays, tell an administrator.",
};
