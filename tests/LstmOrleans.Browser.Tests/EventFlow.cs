using LstmOrleans.Client;

namespace LstmOrleans.Browser.Tests;

/// <summary>Events that flow into a few streams, 200 a second into each, from its start to its end. Not as many as go: browser, server and tests share the machine.</summary>
internal sealed class EventFlow : IAsyncDisposable
{
    private const int Features = 10, EventsPerCall = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    public EventFlow(LstmClient client, string prefix, int streams) =>
        _sending = Task.WhenAll(Enumerable.Range(1, streams).Select(number => SendAsync(client, $"{prefix}{number:00}", number)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
    }

    private async Task SendAsync(LstmClient client, string key, int seed)
    {
        var random = new Random(seed);
        var stream = await client.OpenAsync(key, "pump", LstmClient.NewIncarnation());
        var inputs = new float[EventsPerCall * Features];
        using var timer = new PeriodicTimer(Interval);
        for (long position = 1; !_stop.IsCancellationRequested; position += EventsPerCall)
        {
            for (int index = 0; index < inputs.Length; index++)
                inputs[index] = (float)(Math.Sin((position + (index / Features)) * 0.07 * (1 + (index % Features))) + (0.2 * random.NextDouble()));
            await stream.StepAsync(position, inputs);
            await timer.WaitForNextTickAsync();
        }
    }
}
