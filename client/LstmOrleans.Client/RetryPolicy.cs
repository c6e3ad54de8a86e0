using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>How long and how often a call is sent again. Positions make it safe: an input that was applied is not applied twice.</summary>
public sealed record RetryPolicy
{
    /// <summary>Time after which a call that still fails is given up.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>First pause; it doubles with each try.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs a call until it gives an answer that is not retryable.</summary>
    /// <exception cref="LstmException">The call still failed when the time was over.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(outcome);
        long start = Time.GetTimestamp();
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            LstmException failure;
            try
            {
                // A call cannot be taken back once it is sent; giving up waiting for it is safe, for the reason above.
                var answer = await call().WaitAsync(cancellation).ConfigureAwait(false);
                var (status, detail) = outcome(answer);
                if (!status.IsRetryable())
                    return answer;
                failure = new LstmException(status, detail);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or ArgumentException))
            {
                // Whatever a cluster in trouble throws (time-outs, broken connections, silos that are gone): sending again is safe.
                failure = new LstmException(StreamStatus.NotNow, $"The cluster did not answer: {exception.Message}", exception);
            }

            if (Time.GetElapsedTime(start) + pause > GiveUpAfter)
                throw failure;
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), Time, cancellation).ConfigureAwait(false);
        }
    }
}
