/** On a phone a bar of tabs has no room for all of them: scrolls it so that the `current` one is in sight. */
export function inSight(current: string) {
  return (bar: HTMLElement) => {
    void current;
    const chosen = bar.querySelector<HTMLElement>("[aria-current]");
    if (!chosen) return;
    const over = chosen.getBoundingClientRect().right - bar.getBoundingClientRect().right;
    if (over > 0) bar.scrollLeft += over;
  };
}
