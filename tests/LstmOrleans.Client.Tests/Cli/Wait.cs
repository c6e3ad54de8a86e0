using System.Diagnostics;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>Waits for what a process of another kind does to the outside world: there is nothing to await, so it is looked at again and again.</summary>
internal static class Wait
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(2);

    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> failure)
    {
        for (var watch = Stopwatch.StartNew(); !await condition();)
        {
            if (watch.Elapsed > deadline)
                throw new TimeoutException(failure());
            await Task.Delay(Period);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what) =>
        UntilAsync(() => Task.FromResult(condition()), TimeSpan.FromMinutes(3), () => $"This did not happen in time: {what}.");
}
