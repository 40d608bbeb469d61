/** "14:30" on whatever day, for axes. */
export function timeOfDay(openedS: number, ms: number): string {
  return clockTime(openedS, ms).slice(0, 5);
}

/** "14:30", or "14:30 +1" on the next day. `openedS`: Unix seconds at which the ward opened. */
export function clockTime(openedS: number, ms: number): string {
  const minutes = Math.floor((openedS % 86_400) / 60 + ms / 60_000);
  const days = Math.floor(minutes / 1440);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
  return days === 0 ? time : `${time} +${days}`;
}
