namespace LstmOrleans.Client.Tests.Cli;

/// <summary><c>lstm load</c> against a server.</summary>
public sealed class LoadTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task SecondRun_GoesOnWhereTheStreamsStand()
    {
        string[] load = ["load", "--streams", "2", "--rate", "0", "--seconds", "1", "--model", "uni", "--prefix", "again-", "--gateway", server.Gateway];
        (await Lstm.RunAsync(load)).Done();
        long first = await PositionAsync();

        var second = (await Lstm.RunAsync(load)).Done();

        Assert.True(first > 0 && await PositionAsync() > first, $"{first}, then {await PositionAsync()}");
        Assert.Contains("2 streams of model 'uni' are open.", second.Output, StringComparison.Ordinal);
        Assert.Contains(" events/s, each durable before it was answered.", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownModel_IsRefused() =>
        (await Lstm.RunAsync("load", "--streams", "2", "--model", "nobody", "--prefix", "unknown-", "--gateway", server.Gateway)).Refused(1, "nobody");

    [Theory]
    [InlineData("--streams is 0; it must be from 1 to 100000", "--streams", "0")]
    [InlineData("--rate is -1; it must be from 0", "--rate", "-1")]
    [InlineData("--seconds is 0; it must be above 0", "--seconds", "0")]
    public async Task WrongOption_IsRefused(string message, params string[] options) => (await Lstm.RunAsync(["load", .. options])).Refused(2, message);

    private async Task<long> PositionAsync() => (await server.ShowAsync("again-1"))["position"]!.GetValue<long>();
}
