using LstmOrleans.Hosting.Dashboard;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Hosting;

/// <summary>Tells in one line where a started process serves and where its data is.</summary>
internal sealed partial class StartMessage : HostStep
{
    private readonly string _data;
    private readonly LstmDashboardOptions _dashboard;
    private readonly LogFilters _filters;
    private readonly IServer _http;
    private readonly ILocalSiloDetails _silo;
    private readonly ILogger<StartMessage> _logger;

    public StartMessage(string data, LstmDashboardOptions dashboard, LogFilters filters, IServer http, ILocalSiloDetails silo, ILogger<StartMessage> logger) =>
        (_data, _dashboard, _filters, _http, _silo, _logger) = (data, dashboard, filters, http, silo, logger);

    public override Task StartedAsync(CancellationToken cancellationToken)
    {
        string http = string.Join(", ", _http.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        _filters.Started();
        string gateway = _silo.GatewayAddress?.Endpoint.ToString() ?? "no gateway";
        if (_dashboard.Enabled)
            LogServing(gateway, http, _data);
        else
            LogServingWithoutDashboard(gateway, http, _data);
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Information, "Serving: dashboard {Http}, gateway {Gateway}, data in {Data}. Ctrl+C stops.")]
    private partial void LogServing(string gateway, string http, string data);

    [LoggerMessage(2, LogLevel.Information, "Serving: HTTP {Http} (no dashboard), gateway {Gateway}, data in {Data}. Ctrl+C stops.")]
    private partial void LogServingWithoutDashboard(string gateway, string http, string data);
}
