namespace LstmOrleans.Client.Tests.Recording;

/// <summary>Time that passes only when told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(double milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);
}
