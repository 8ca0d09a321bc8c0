// What has been chosen on a page stands in its address, so that a reload, the way back from another
// site and a lost connection find it again. The page says it in the form of a query.
{
  // Only what changes in front of somebody: a page that opens may show an earlier choice at first.
  const keep = ({ target, oldValue }) => {
    const chosen = target.dataset.choice
    if (target.isConnected && chosen && oldValue !== null)
      history.replaceState(history.state, "", location.pathname + "?" + chosen)
  }
  new MutationObserver((changes) => changes.forEach(keep)).observe(document, {
    subtree: true, attributeFilter: ["data-choice"], attributeOldValue: true,
  })
}
