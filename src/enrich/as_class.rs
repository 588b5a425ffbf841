//! Network class of single AS numbers. A table of facts, written for mailtrail:
//! operators whose AS serves one kind of customer only. An operator that carries
//! fixed and mobile lines in one AS (Orange AS3215, SFR AS15557, Bouygues AS5410)
//! is deliberately absent and stays `Isp`. Sorted by number; matched exactly.

use super::netclass::NetClass::{self, *};

#[rustfmt::skip]
pub(super) const AS_CLASS: &[(u32, NetClass)] = &[
    (137, Education), // Consortium GARR
    (224, Education), // SIKT - KUNNSKAPSSEKTORENS TJENESTELEVERANDOR
    (378, Education), // IUCC - Israel InterUniversity Computation Center
    (559, Education), // SWITCH
    (680, Education), // Verein zur Foerderung eines Deutschen Forschungsnetzes e.V.
    (766, Education), // Entidad Publica Empresarial Red.es
    (786, Education), // Jisc Services Limited
    (800, Satellite), // OneWeb
    (1103, Education), // SURF B.V.
    (1213, Education), // HEAnet CLG
    (1358, Satellite), // Hughes Network Systems, LLC
    (1653, Education), // Vetenskapsradet / SUNET
    (1741, Education), // CSC - Tieteen tietotekniikan keskus Oy
    (1835, Education), // Forskningsnettet - Danish network for Research and Education
    (1853, Education), // ACONET
    (1916, Education), // Rede Nacional de Ensino e Pesquisa
    (1930, Education), // Fundacao para a Ciencia e a Tecnologia, I.P.
    (1955, Education), // KIFU (Governmental Info Tech Development Agency)
    (2018, Education), // TENET (The UNINET Project)
    (2107, Education), // ARNES
    (2108, Education), // Croatian Academic and Research Network
    (2200, Education), // Renater
    (2603, Education), // NORDUnet
    (2607, Education), // Zdruzenie pouzivatelov Slovenskej akademickej datovej siete
    (2611, Education), // BELNET
    (2614, Education), // Agentia de Administrare a Retelei Nationale de Informatica pentru Educatie si C
    (2763, Swg), // Palo Alto Networks, Inc
    (2852, Education), // CESNET z.s.p.o.
    (2907, Education), // Research Organization of Information and Systems, National Institute of Informa
    (3221, Education), // Haridus- ja Teadusministeerium
    (3842, Hosting), // InMotion Hosting, Inc.
    (4224, Tor), // The Calyx Institute, Tor exits
    (4913, Satellite), // Speedcast Communications, Inc
    (5377, Satellite), // Marlink AS
    (5408, Education), // National Infrastructures for Research and Technology S.A.
    (5538, Education), // Institute of Mathematics and Computer Science of University of Latvia
    (5588, Isp), // T-Mobile Czech (ex GTS), fixed
    (6167, Mobile), // Verizon Wireless
    (6509, Education), // CANARIE Inc
    (6614, Mobile), // T-Mobile USA, ex UScellular
    (6621, Satellite), // Hughes Network Systems, LLC
    (6724, Hosting), // Strato AG
    (6802, Education), // Bulgarian Research and Education Network Association (BREN)
    (7155, Satellite), // ViaSat,Inc.
    (7203, Hosting), // Leaseweb USA, Inc.
    (7506, Hosting), // GMO Internet Group, Inc.
    (7575, Education), // Australian Academic and Research Network
    (7684, Hosting), // SAKURA Internet Inc.
    (8068, Hosting), // Microsoft Corporation
    (8069, Hosting), // Microsoft Corporation
    (8070, Hosting), // Microsoft Corporation
    (8075, Hosting), // Microsoft Azure, outside the 365 ranges
    (8100, Hosting), // QuadraNet Enterprises LLC
    (8264, Satellite), // Marlink AS
    (8374, Mobile), // Polkomtel (Plus)
    (8412, Isp), // T-Mobile Austria, fixed and mobile
    (8455, Hosting), // atom86 BV
    (8501, Education), // Institute of Bioorganic Chemistry Polish Academy of Science, Poznan Supercomput
    (8517, Education), // National Academic Network and Information Center
    (8560, Hosting), // IONOS SE
    (8972, Hosting), // Host Europe GmbH
    (8987, Hosting), // Amazon Data Services Ireland Ltd
    (9009, Vpn),      // M247, which carries the exits of most VPN services
    (9112, Education), // Institute of Bioorganic Chemistry Polish Academy of Science, Poznan Supercomput
    (9123, Hosting), // JSC "TIMEWEB"
    (9370, Hosting), // SAKURA Internet Inc.
    (9605, Mobile), // NTT DOCOMO, INC.
    (9644, Mobile), // SK Telecom
    (11537, Education), // Internet2
    (11878, Hosting), // tzulo, inc.
    (12200, Hosting), // Rackspace Hosting
    (12440, Satellite), // Hughes Network Systems GmbH
    (12586, Hosting), // GHOSTnet
    (12637, Hosting), // Seeweb
    (12684, Satellite), // SES ASTRA S.A.
    (12824, Hosting), // home.pl S.A.
    (12876, Hosting), // Scaleway SAS
    (12912, Mobile), // T-Mobile Polska S.A.
    (12958, Mobile), // T2 Mobile LLC
    (12989, Hosting), // Black HOST Ltd
    (13036, Isp), // T-Mobile Czech, fixed and mobile
    (13092, Education), // Akademska mreza Republike Srbije - AMRES
    (13150, Swg), // CATO NETWORKS LTD
    (13213, Hosting), // UK-2 Limited
    (13335, Cdn), // Cloudflare, Inc.
    (13448, Swg), // Forcepoint LLC
    (13916, Swg), // Proofpoint, Inc.
    (13926, Vpn), // Strong Technology, LLC.
    (14061, Hosting), // DigitalOcean, LLC
    (14576, Hosting), // Hosting Solution (King Servers)
    (14593, Satellite), // Space Exploration Technologies Corporation
    (14618, Hosting), // Amazon.com, Inc.
    (15003, Hosting), // Nobis Technology Group
    (15133, Cdn), // Edgecast Inc.
    (15169, Hosting), // Google, outside the service ranges
    (15324, Swg), // Barracuda Networks, Inc.
    (15395, Hosting), // Rackspace Ltd.
    (15598, Hosting), // NorthC Deutschland GmbH
    (15626, Hosting), // ITL DC
    (15670, Isp), // T-Mobile Netherlands (ex BBned), fixed
    (15796, Mobile), // Salt Mobile SA
    (15897, Mobile), // Vodafone Telekomunikasyon A.S.
    (16125, Hosting), // UAB Cherry Servers
    (16135, Mobile), // TURKCELL ILETISIM HIZMETLERI A.S.
    (16232, Mobile), // TIM mobile
    (16265, Hosting), // LeaseWeb Network B.V.
    (16276, Hosting), // OVH SAS
    (16299, Mobile), // Xfera (Yoigo)
    (16417, Swg), // Cisco Systems Ironport Division
    (16491, Satellite), // ViaSat, Inc.
    (16509, Hosting), // Amazon AWS
    (16625, Cdn), // Akamai Technologies, Inc.
    (16880, Swg), // TREND MICRO INCORPORATED
    (17465, Isp), // Asianet, cable
    (18779, Hosting), // EGIHosting
    (18978, Hosting), // Enzu Inc
    (19036, Satellite), // Telesat Network Services Inc
    (19148, Hosting), // Leaseweb USA, Inc.
    (19318, Hosting), // Interserver, Inc
    (19437, Hosting), // SECURED SERVERS LLC
    (19527, Hosting), // Google LLC
    (19871, Hosting), // Network Solutions, LLC
    (19994, Hosting), // Rackspace Hosting
    (20057, Mobile), // AT&T Mobility
    (20278, Hosting), // Nexeon Technologies, Inc.
    (20454, Hosting), // SECURED SERVERS LLC
    (20473, Hosting), // The Constant Company, LLC
    (20507, Isp), // T-Mobile Netherlands (ex InterNLnet), fixed
    (20738, Hosting), // Heart Internet limited
    (20773, Hosting), // Host Europe GmbH
    (20857, Hosting), // Signet (TransIP)
    (20860, Hosting), // IOMART CLOUD SERVICES LIMITED
    (20940, Cdn), // Akamai International B.V.
    (20965, Education), // GEANT Vereniging
    (20978, Mobile), // TT Mobil Iletisim Hizmetleri A.S
    (21100, Hosting), // ITL DC
    (21409, Hosting), // Ikoula Net
    (21497, Mobile), // PrJSC "VF UKRAINE"
    (21499, Hosting), // Host Europe (GoDaddy EMEA)
    (21769, Hosting), // Colocation America Corporation
    (21859, Hosting), // Zenlayer Inc
    (21928, Mobile), // T-Mobile USA, Inc.
    (22351, Satellite), // INTELSAT GLOBAL SERVICE CORPORATION
    (22363, Hosting), // Powerhouse Management
    (22394, Mobile), // Verizon Wireless
    (22612, Hosting), // Namecheap, Inc.
    (22616, Swg), // ZSCALER, INC.
    (22781, Vpn), // Strong Technology, LLC.
    (22822, Cdn), // Limelight Networks, Inc.
    (22843, Swg), // Proofpoint, Inc.
    (23470, Hosting), // ReliableSite.Net LLC
    (23693, Mobile), // Telkomsel
    (24608, Mobile), // Wind Tre mobile (ex H3G)
    (24875, Hosting), // NovoServe B.V.
    (24940, Hosting), // Hetzner Online GmbH
    (24961, Hosting), // WIIT AG
    (25106, Mobile), // Mobile TeleSystems JLLC
    (25198, Hosting), // INTERKVM HOST SRL
    (25222, Satellite), // Inmarsat Solutions B.V.
    (25369, Hosting), // Hydra Communications Ltd
    (25532, Hosting), // Masterhost
    (25693, Hosting), // Gandi US
    (25780, Hosting), // HugeServer Networks, LLC
    (25820, Hosting), // IT7 Networks Inc
    (25901, Isp), // Gannett, newspapers
    (26211, Swg), // Proofpoint, Inc.
    (26243, Satellite), // Intelsat
    (26496, Hosting), // GoDaddy.com, LLC
    (27176, Hosting), // DataWagon LLC
    (27277, Satellite), // Space Exploration Technologies Corporation
    (27357, Hosting), // Rackspace Hosting
    (27683, Isp), // VPN de Mexico, an access provider
    (28403, Mobile), // RadioMovil Dipsa, S.A. de C.V.
    (28753, Hosting), // Leaseweb Deutschland GmbH
    (29066, Hosting), // velia.net Internetdienste GmbH
    (29169, Hosting), // GANDI SAS
    (29182, Hosting), // JSC IOT (FirstVDS)
    (29222, Hosting), // Infomaniak Network
    (29357, Mobile), // NATIONAL MOBILE TELECOMMUNICATIONS COMPANY K.S.C.P.
    (29447, Hosting), // SCALEWAY S.A.S.
    (29465, Mobile), // MTN NIGERIA Communication limited
    (29522, Hosting), // Cyber_Folks S.A.
    (29550, Hosting), // Team Blue Carrier Limited
    (29802, Hosting), // HIVELOCITY, Inc.
    (29975, Mobile), // Vodacom
    (30031, Swg), // Mimecast North America Inc
    (30058, Hosting), // FDCservers.net
    (30083, Hosting), // velia.net
    (30215, Swg), // Cisco Systems Ironport Division
    (30238, Swg), // Cisco Systems Ironport Division
    (30633, Hosting), // Leaseweb USA, Inc.
    (30823, Hosting), // aurologic GmbH
    (30860, Hosting), // Virtual Systems LLC
    (30986, Mobile), // Scancom (MTN Ghana)
    (31034, Hosting), // Aruba S.p.A., hosting
    (31103, Hosting), // Keyweb AG
    (31515, Satellite), // Inmarsat Global Limited
    (31615, Mobile), // Odido Netherlands B.V.
    (31708, Hosting), // Coreix Ltd
    (31753, Satellite), // Inmarsat Government
    (31898, Hosting), // Oracle Corporation
    (32034, Satellite), // SPEEDCAST LATAM INC.
    (32181, Hosting), // GigeNET
    (32244, Hosting), // Liquid Web, L.L.C
    (32475, Hosting), // Internap Holding LLC
    (32748, Hosting), // Steadfast
    (33070, Hosting), // Rackspace Hosting
    (33387, Hosting), // Nocix, LLC
    (33538, Swg), // Mimecast North America Inc
    (33779, Mobile), // Wataniya (Ooredoo Algeria)
    (34058, Mobile), // Limited Liability Company "lifecell"
    (34282, Hosting), // Team Blue Carrier Limited
    (34430, Isp), // T-Mobile Netherlands, fixed
    (34665, Hosting), // Petersburg Internet Network ltd.
    (34762, Hosting), // Combell
    (34788, Hosting), // Neue Medien Muennich GmbH
    (35228, Mobile), // Telefonica UK (O2)
    (35278, Hosting), // Sprinthost.ru
    (35366, Hosting), // ISPpro Internet KG
    (35540, Hosting), // OVH SAS
    (35725, Mobile), // TELEKOM ROMANIA MOBILE COMMUNICATIONS S.A.
    (35913, Hosting), // DediPath
    (35916, Hosting), // MULTACOM CORPORATION
    (36007, Hosting), // Kamatera
    (36114, Hosting), // VegasNAP, LLC
    (36183, Relay), // Akamai, iCloud Private Relay
    (36236, Hosting), // NetActuate, Inc
    (36351, Hosting), // IBM Cloud
    (36352, Hosting), // HostPapa
    (36522, Mobile), // Bell Mobility
    (36692, Swg), // Cisco Umbrella
    (36873, Mobile), // Airtel Networks Limited
    (37069, Mobile), // The Egyptian Company for Mobile Services (Mobinil)
    (37076, Mobile), // EMTS (9mobile)
    (37140, Mobile), // Airtel Ghana Limited
    (37148, Mobile), // Globacom Limited
    (37168, Mobile), // Cell C (Pty) Ltd
    (37235, Swg), // Mimecast South Africa
    (37472, Satellite), // Nigerian Communications Satellite Ltd
    (37963, Hosting), // Hangzhou Alibaba Advertising Co.,Ltd.
    (38266, Mobile), // Vodafone Idea Ltd. (VIL)
    (38456, Satellite), // SpeedCast Pacific Pty Limited
    (38930, Hosting), // LeaseWeb Network B.V.
    (39351, Vpn), // 31173 Services (Mullvad)
    (39356, Satellite), // Avanti Broadband Ltd
    (39378, Hosting), // servinga GmbH
    (39570, Hosting), // Loopia
    (39572, Hosting), // DataWeb Global Group B.V.
    (39588, Swg), // Mimecast Services Limited
    (39603, Mobile), // P4 (Play)
    (39729, Hosting), // Register.it
    (40021, Hosting), // Contabo Inc.
    (40306, Satellite), // ViaSat,Inc.
    (40311, Satellite), // ViaSat,Inc.
    (40676, Hosting), // Psychz Networks
    (40934, Swg), // Fortinet Inc.
    (41012, Isp), // The Cloud, public Wi-Fi
    (41079, Hosting), // Cyber_Folks S.A.
    (41436, Hosting), // Cloudwebmanage (Kamatera)
    (42201, Hosting), // PVDataNet AB
    (42427, Swg), // Mimecast Services Limited
    (42612, Hosting), // dinahosting
    (42708, Hosting), // GleSYS AB
    (42831, Hosting), // UK Dedicated Servers
    (42926, Hosting), // Radore Veri Merkezi Hizmetleri A.S.
    (42961, Mobile), // Mobile Telecommunications Company
    (43146, Hosting), // Domain names registrar REG.RU
    (43251, Swg), // Forcepoint Overseas Limited
    (43317, Hosting), // SIA VEESP
    (43350, Hosting), // NForce Entertainment B.V.
    (43641, Hosting), // SOLLUTIUM EU Sp z.o.o.
    (43766, Mobile), // Mobile Telecommunication Company Saudi Arabia Joint-Stock company
    (44034, Mobile), // Hi3G Access AB
    (44066, Hosting), // firstcolo GmbH
    (44273, Hosting), // Host Europe (GoDaddy)
    (44444, Swg), // Forcepoint UK Limited
    (44477, Hosting), // AS44477
    (44486, Hosting), // Oliver Horscht is trading as "SYNLINQ"
    (44592, Hosting), // SkyLink Data Center BV
    (44901, Hosting), // Belcloud LTD
    (44933, Satellite), // Marlink AS
    (45090, Hosting), // Shenzhen Tencent Computer Systems Company Limited
    (45102, Hosting), // Alibaba (US) Technology Co., Ltd.
    (45271, Mobile), // Vodafone Idea Ltd. (VIL)
    (45430, Mobile), // ADVANCED WIRELESS NETWORK COMPANY LIMITED
    (45458, Mobile), // ADVANCED WIRELESS NETWORK COMPANY LIMITED
    (45609, Mobile), // Bharti Airtel, GPRS
    (46261, Hosting), // QuickPacket, LLC
    (46475, Hosting), // Limestone Networks, Inc.
    (46562, Hosting), // Performive LLC
    (46606, Hosting), // Unified Layer
    (46844, Hosting), // Sharktech
    (47394, Isp), // ABCom, fixed
    (47447, Hosting), // 23M GmbH
    (47583, Hosting), // Hostinger International Limited
    (48282, Hosting), // Hosting technology LTD
    (48574, Isp), // T-Mobile Czech, fixed
    (48896, Hosting), // dhosting.pl Sp. z o.o.
    (49367, Hosting), // Seflow S.N.C. Di Marco Brame' & C.
    (49392, Hosting), // LLC Baxet
    (49434, Hosting), // Harmony Hosting (FBW Networks)
    (49453, Hosting), // Global Layer B.V.
    (49505, Hosting), // JSC Selectel
    (49544, Hosting), // i3D.net B.V
    (49870, Hosting), // Alsycon B.V.
    (49981, Hosting), // WorldStream B.V.
    (50304, Hosting), // Blix Solutions AS
    (50340, Hosting), // JSC Selectel
    (50474, Hosting), // o2switch
    (50613, Hosting), // Advania Island ehf
    (50624, Hosting), // Outscale
    (50673, Hosting), // Serverius Holding B.V.
    (50867, Hosting), // Hostkey
    (51167, Hosting), // Contabo GmbH
    (51207, Mobile), // Free Mobile SAS
    (51396, Hosting), // Pfcloud UG (haftungsbeschrankt)
    (51430, Hosting), // AltusHost B.V.
    (51468, Hosting), // one.com
    (51659, Hosting), // LLC Baxet
    (51852, Hosting), // Private Layer INC
    (52129, Swg), // Proofpoint, Inc.
    (53306, Hosting), // Outscale
    (53589, Hosting), // PlanetHoster
    (53667, Hosting), // FranTech Solutions
    (53813, Swg), // ZSCALER, INC.
    (53850, Hosting), // GorillaServers, Inc.
    (53928, Swg), // Fortinet Inc.
    (54113, Cdn), // Fastly, Inc.
    (54203, Vpn), // Strong Technology, LLC.
    (54290, Hosting), // HostPapa
    (54455, Hosting), // MadeIT inc.
    (54538, Swg), // PALO ALTO NETWORKS
    (54825, Hosting), // Packet Host, Inc.
    (55081, Hosting), // 24 SHELLS
    (55256, Swg), // Netskope Inc
    (55286, Hosting), // B2 Net Solutions Inc.
    (55293, Hosting), // A2 Hosting, Inc.
    (55990, Hosting), // Huawei Cloud Service data center
    (56322, Hosting), // ServerAstra Kft.
    (56630, Hosting), // Melbikomas UAB
    (56694, Hosting), // Smart Ape
    (57043, Hosting), // HOSTKEY B.V.
    (57169, Hosting), // EDIS GmbH
    (57367, Hosting), // Atman Sp. z o.o.
    (57523, Hosting), // changway-as Chang Way Technologies Co. Limited
    (58061, Hosting), // Scalaxy B.V.
    (58329, Hosting), // servinga GmbH
    (59253, Hosting), // LEASEWEB SINGAPORE PTE. LTD.
    (59642, Hosting), // UAB Cherry Servers
    (59711, Hosting), // HZ Hosting
    (60068, Vpn), // Datacamp (CDN77, VPN exits)
    (60117, Hosting), // Host Sailor Ltd
    (60144, Hosting), // 3W Infra B.V.
    (60339, Mobile), // Hutchison 3G UK Limited
    (60362, Hosting), // ALWAYSDATA SARL
    (60404, Hosting), // The Infrastructure Group B.V.
    (60492, Swg), // Mimecast Services Limited
    (60558, Hosting), // PHOENIX NAP, LLC.
    (60626, Hosting), // LeaseWeb LeaseWeb Network B.V.
    (60725, Satellite), // SES ASTRA S.A.
    (60729, Tor), // Stiftung Erneuerbare Freiheit, Tor exits
    (60781, Hosting), // LeaseWeb Netherlands B.V.
    (61098, Hosting), // Exoscale
    (61272, Hosting), // Informacines sistemos ir technologijos, UAB
    (61317, Hosting), // Hivelocity Inc
    (62005, Hosting), // BlueVPS OU
    (62044, Swg), // Zscaler Switzerland GmbH
    (62240, Hosting), // Clouvider Limited
    (62370, Hosting), // Snel.com
    (62371, Hosting), // Proton AG
    (62610, Hosting), // Zenlayer Inc
    (62651, Vpn), // Strong Technology, LLC.
    (62654, Swg), // MENLO SECURITY, INC.
    (62744, Tor), // Quintex Alliance, Tor exits
    (62904, Hosting), // Eonix Corporation
    (63018, Hosting), // Dedicated.com
    (63023, Hosting), // GTHost
    (63062, Satellite), // Hughes Network Systems
    (63199, Hosting), // CDS Global Cloud Co., Ltd
    (63473, Hosting), // HostHatch, LLC
    (63949, Hosting), // Akamai Technologies, Inc.
    (64022, Hosting), // Kamatera
    (64200, Hosting), // VIVID-HOSTING LLC
    (64280, Swg), // Palo Alto Networks, Inc
    (131445, Mobile), // ADVANCED WIRELESS NETWORK COMPANY LIMITED
    (132203, Hosting), // Shenzhen Tencent Computer Systems Company Limited
    (133481, Mobile), // ADVANCED WIRELESS NETWORK COMPANY LIMITED
    (133752, Hosting), // LEASEWEB HONG KONG LIMITED
    (135377, Hosting), // UCloud
    (135409, Satellite), // Kacific Broadband Satellites Pte Ltd
    (136787, Vpn), // PacketHub S.A.
    (136792, Swg), // Mimecast Australia Pty Ltd
    (136907, Hosting), // HUAWEI INTERNATIONAL PTE. LTD.
    (137409, Hosting), // GSL Networks Pty LTD
    (137922, Swg), // IBOSS Inc.
    (138384, Mobile), // Rakuten Mobile, Inc.
    (138627, Swg), // Cato Networks, Inc.
    (140952, Vpn), // Strong Technology, LLC
    (141039, Vpn), // PacketHub S.A.
    (147049, Vpn), // PacketHub S.A.
    (197207, Mobile), // Mobile Communication Company of Iran PLC
    (197540, Hosting), // netcup GmbH
    (197695, Hosting), // "Domain names registrar REG.RU", Ltd
    (198605, Vpn), // AVAST Software s.r.o.
    (198610, Hosting), // Beget LLC
    (199218, Vpn), // Proton AG
    (199524, Hosting), // G-Core Labs S.A.
    (199610, Hosting), // marbis GmbH
    (200019, Hosting), // ALEXHOST SRL
    (200651, Hosting), // FlokiNET ehf
    (201665, Vpn), // Anonymizer, LLC
    (202015, Hosting), // HZ Hosting
    (202053, Hosting), // UpCloud
    (202276, Swg), // IBOSS, INC
    (202422, Hosting), // G-Core Labs S.A.
    (202425, Hosting), // IP Volume inc
    (203020, Hosting), // HostRoyale Technologies Pvt Ltd
    (203061, Hosting), // UAB code200
    (203476, Hosting), // Gandi
    (205100, Tor), // F3 Netze e.V.
    (205544, Hosting), // LEASEWEB UK LIMITED
    (206067, Mobile), // Hutchison 3G UK Limited
    (206092, Hosting), // F.N.S. HOLDINGS LIMITED
    (206264, Hosting), // Amarutu Technology
    (206728, Hosting), // Media Land LLC
    (207137, Vpn), // PacketHub S.A.
    (207990, Hosting), // HostRoyale Technologies Pvt Ltd
    (208172, Vpn), // Proton AG
    (208323, Tor), // Foundation for Applied Privacy
    (208638, Swg), // Mimecast Services Limited
    (209103, Vpn), // Proton AG
    (209242, Cdn), // Cloudflare London, LLC
    (209588, Hosting), // Flyservers S.A.
    (209605, Hosting), // UAB Host Baltic
    (210644, Hosting), // AEZA INTERNATIONAL LTD
    (211252, Hosting), // Akari Networks K.K.
    (212238, Vpn), // Datacamp Limited
    (212317, Hosting), // Hetzner Online GmbH
    (212815, Hosting), // Dyjix SAS
    (213035, Hosting), // Serverion
    (213176, Swg), // CHECK POINT SSE SOLUTIONS LTD
    (213230, Hosting), // Hetzner Online GmbH
    (213373, Hosting), // IP Connect Inc
    (213438, Hosting), // ColocaTel Inc.
    (215125, Tor), // Church of Cyberology
    (216071, Hosting), // Servers Tech (VDSina)
    (216246, Hosting), // Aeza Group LLC
    (263097, Isp), // VPN Infraestrutura, an access provider
    (272096, Vpn), // PACKETHUB S.A.
    (327931, Mobile), // Optimum Telecom Algeria (Djezzy)
    (328306, Satellite), // Avanti Communications South Africa (Pty) Ltd
    (393406, Hosting), // DigitalOcean, LLC
    (393886, Hosting), // Leaseweb USA
    (394380, Hosting), // Leaseweb USA
    (394711, Hosting), // KorGrid, LLC
    (395092, Hosting), // Shock Hosting LLC
    (395839, Hosting), // Hostkey USA
    (395954, Hosting), // Leaseweb USA, Inc.
    (396073, Hosting), // Majestic Hosting Solutions
    (396253, Swg), // iboss,inc
    (396356, Hosting), // Latitude.sh
    (396362, Hosting), // Leaseweb USA
    (396421, Swg), // PALO ALTO NETWORKS
    (396507, Tor), // Emerald Onion
    (396982, Hosting), // Google Cloud customers
    (397423, Hosting), // Tier.Net Technologies
    (397540, Vpn), // Windscribe
    (397726, Swg), // Mimecast North America Inc
    (398101, Hosting), // GoDaddy.com
    (399486, Hosting), // Virtuo
    (399629, Hosting), // BL Networks
    (400110, Satellite), // Anuvu Operations LLC
    (401370, Tor), // CALYX NETWORKS
    (401401, Tor), // Unredacted Inc
    (401720, Tor), // Unredacted Inc
];
