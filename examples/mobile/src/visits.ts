// Invented: a real app would ask its own server for them, with the access token.

import type { Agency } from "./person";

export interface Visit {
  readonly from: string;
  readonly to: string;
  readonly client: string;
  readonly address: string;
  readonly tasks: string;
  readonly state: "done" | "next" | "planned";
}

const DAYS: readonly (readonly Visit[])[] = [
  [
    { from: "9:00", to: "10:00", client: "Samuel D.", address: "3 Birch Crescent", tasks: "Physiotherapy exercises, lunch", state: "next" },
    { from: "17:00", to: "18:30", client: "Agnes E.", address: "91 Mill Street", tasks: "Supper, evening medication", state: "planned" },
  ],
  [
    { from: "8:00", to: "9:30", client: "Rose A.", address: "12 Elm Street", tasks: "Breakfast, medication reminder", state: "done" },
    { from: "11:00", to: "12:00", client: "Walter B.", address: "48 River Road, apt. 3", tasks: "Bath, light housekeeping", state: "next" },
    { from: "14:30", to: "16:00", client: "Irene C.", address: "7 Orchard Lane", tasks: "Walk, shopping", state: "planned" },
  ],
];

/** Another agency, another day. */
export function visitsOf(agency: Agency): readonly Visit[] {
  const sum = [...agency.code].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return DAYS[sum % DAYS.length] ?? [];
}
